/* SPDX-License-Identifier: Apache-2.0 */
/* lwIP as Debian builds it, and what of it are macros. */
#include <stdbool.h>
#include <string.h>

#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/icmp6.h>
#include <lwip/inet_chksum.h>
#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/mld6.h>
#include <lwip/nd6.h>
#include <lwip/netif.h>
#include <lwip/opt.h>
#include <lwip/pbuf.h>
#include <lwip/priv/memp_priv.h>
#include <lwip/priv/tcp_priv.h>
#include <lwip/raw.h>
#include <lwip/sys.h>
#include <lwip/tcp.h>
#include <lwip/tcpip.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>
#include <netif/ethernet.h>

/* An address from a number in host order. */
static inline ip_addr_t ringlight_ip4(uint32_t value)
{
	ip_addr_t address;

	memset(&address, 0, sizeof(address));
	ip_addr_set_ip4_u32(&address, lwip_htonl(value));
	return address;
}

/* An address from 16 bytes; one of link-local scope is of the interface's zone. */
static inline ip_addr_t ringlight_ip6(const uint8_t *bytes, const struct netif *netif)
{
	ip_addr_t address;

	memset(&address, 0, sizeof(address));
	memcpy(ip_2_ip6(&address)->addr, bytes, 16);
	IP_SET_TYPE_VAL(address, IPADDR_TYPE_V6);
	if (netif)
		ip6_addr_assign_zone(ip_2_ip6(&address), IP6_UNKNOWN, netif);
	return address;
}

static inline ip_addr_t ringlight_any(bool v6)
{
	return v6 ? *IP6_ADDR_ANY : *IP4_ADDR_ANY;
}

/* Any address of either family. */
static inline ip_addr_t ringlight_any_family(void)
{
	return *IP_ANY_TYPE;
}

static inline bool ringlight_is_ip6(const ip_addr_t *address)
{
	return IP_IS_V6_VAL(*address);
}

/* In host order. */
static inline uint32_t ringlight_ip4_value(const ip_addr_t *address)
{
	return lwip_ntohl(ip_addr_get_ip4_u32(address));
}

static inline void ringlight_ip6_bytes(const ip_addr_t *address, uint8_t *bytes)
{
	memcpy(bytes, ip_2_ip6(address)->addr, 16);
}

/* Space that a segment leaves before its data is what these are. */
static inline int ringlight_tcp_header_room(void)
{
	return PBUF_TRANSPORT;
}

static inline uint16_t ringlight_tcp_sndbuf(const struct tcp_pcb *pcb)
{
	return (uint16_t)tcp_sndbuf(pcb);
}

static inline uint16_t ringlight_tcp_sndqueuelen(const struct tcp_pcb *pcb)
{
	return tcp_sndqueuelen(pcb);
}

static inline void ringlight_tcp_set_no_delay(struct tcp_pcb *pcb, bool on)
{
	if (on)
		tcp_nagle_disable(pcb);
	else
		tcp_nagle_enable(pcb);
}

static inline void ringlight_set_option(struct tcp_pcb *pcb, uint8_t option, bool on)
{
	if (on)
		ip_set_option(pcb, option);
	else
		ip_reset_option(pcb, option);
}

static inline void ringlight_set_udp_option(struct udp_pcb *pcb, uint8_t option, bool on)
{
	if (on)
		ip_set_option(pcb, option);
	else
		ip_reset_option(pcb, option);
}

/* What this build was made for, as the headers say it; the library itself is asked at start. */
static inline size_t ringlight_tcp_pcb_size(void)
{
	return sizeof(struct tcp_pcb);
}

static inline size_t ringlight_udp_pcb_size(void)
{
	return sizeof(struct udp_pcb);
}

static inline size_t ringlight_pbuf_size(void)
{
	return sizeof(struct pbuf);
}
