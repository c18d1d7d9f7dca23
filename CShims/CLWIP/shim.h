/* SPDX-License-Identifier: Apache-2.0 */
/* lwIP as Debian builds it, and what of it are macros. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include <lwip/etharp.h>
#include <lwip/ethip6.h>
#include <lwip/icmp6.h>
#include <lwip/igmp.h>
#include <lwip/inet_chksum.h>
#include <lwip/init.h>
#include <lwip/ip.h>
#include <lwip/ip4_frag.h>
#include <lwip/ip6_frag.h>
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
	ip4_addr_set_u32(ip_2_ip4(&address), lwip_htonl(value));
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

static inline uint16_t ringlight_tcp_sndbuf(const struct tcp_pcb *pcb)
{
	return (uint16_t)tcp_sndbuf(pcb);
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

/* The time to live of what is sent to a group; 1: no router passes it on (RFC 1112, 6.1). */
static inline void ringlight_set_multicast_hops(struct udp_pcb *pcb, uint8_t hops)
{
	udp_set_multicast_ttl(pcb, hops);
}

/* lwIP counts who is in a group; the first one in and the last one out are told to the routers (RFC 2236, RFC 2710). */
static inline err_t ringlight_join_group(struct netif *netif, const ip_addr_t *group)
{
	return IP_IS_V6(group) ? mld6_joingroup_netif(netif, ip_2_ip6(group)) : igmp_joingroup_netif(netif, ip_2_ip4(group));
}

static inline err_t ringlight_leave_group(struct netif *netif, const ip_addr_t *group)
{
	return IP_IS_V6(group) ? mld6_leavegroup_netif(netif, ip_2_ip6(group)) : igmp_leavegroup_netif(netif, ip_2_ip4(group));
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

/*
 * Makes lwIP ready, without its thread: who calls it later holds its core lock (lwip/tcpip.h), which that thread would have made.
 * Once in a process. lwIP's random numbers are rand's: predictable, but not the same each time.
 */
static inline bool ringlight_lwip_start(unsigned int seed)
{
	srand(seed);
	if (sys_mutex_new(&lock_tcpip_core) != ERR_OK)
		return false;
	sys_mark_tcpip_thread();
	sys_lock_tcpip_core();
	lwip_init();
	sys_unlock_tcpip_core();
	return true;
}

/* A received packet's bytes, lent by a card. */
struct ringlight_lent_pbuf {
	struct pbuf_custom custom;
	void *owner;
};

static inline struct pbuf *ringlight_lent_pbuf_start(struct ringlight_lent_pbuf *lent, void *bytes, uint16_t length)
{
	return pbuf_alloced_custom(PBUF_RAW, length, PBUF_REF, &lent->custom, bytes, length);
}

/*
 * Gives connections up that no peer has answered to yet, the oldest first, until `limit` are left: lwIP has no bound of its own, and keeps
 * each for 20 seconds (TCP_SYN_RCVD_TIMEOUT). Returns how many.
 */
static inline unsigned int ringlight_trim_half_open(unsigned int limit)
{
	unsigned int seen = 0, given_up = 0;
	struct tcp_pcb *pcb = tcp_active_pcbs;

	/* New ones stand first. */
	while (pcb) {
		struct tcp_pcb *next = pcb->next;

		if (pcb->state == SYN_RCVD && ++seen > limit) {
			tcp_abandon(pcb, 0);
			given_up++;
		}
		pcb = next;
	}
	return given_up;
}

/*
 * Gives up what came out of order for each connection that keeps more than `limit` segments of it: lwIP has no bound of its own, and a
 * window of single bytes with gaps between them is 32,767 packets. The peer sends them again (RFC 9293, 3.10.7.4: they may be kept).
 * Returns how many connections.
 */
static inline unsigned int ringlight_trim_out_of_order(unsigned int limit)
{
	unsigned int given_up = 0;

	for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb; pcb = pcb->next) {
		unsigned int kept = 0;

		for (struct tcp_seg *segment = pcb->ooseq; segment && kept <= limit; segment = segment->next)
			kept++;
		if (kept > limit) {
			tcp_free_ooseq(pcb);
			given_up++;
		}
	}
	return given_up;
}

/* An address of the interface; false: there is none in this place, or it is not usable yet. */
static inline bool ringlight_netif_ip6(const struct netif *netif, unsigned int index, uint8_t *bytes, uint8_t *state)
{
	if (index >= LWIP_IPV6_NUM_ADDRESSES || ip6_addr_isinvalid(netif_ip6_addr_state(netif, index)))
		return false;
	memcpy(bytes, netif_ip6_addr(netif, index)->addr, 16);
	*state = netif_ip6_addr_state(netif, index);
	return true;
}

/* Bit n: the address in place n was found to be somebody else's, too (RFC 4862, 5.4.5). */
static inline uint8_t ringlight_netif_duplicates(const struct netif *netif)
{
	uint8_t found = 0;

	for (unsigned int index = 0; index < LWIP_IPV6_NUM_ADDRESSES; index++)
		if (ip6_addr_isduplicated(netif_ip6_addr_state(netif, index)))
			found |= 1U << index;
	return found;
}

static inline bool ringlight_is_usable(uint8_t state)
{
	return ip6_addr_isvalid(state);
}

static inline bool ringlight_netif_set_ip4(struct netif *netif, uint32_t address, uint32_t mask, uint32_t gateway)
{
	ip4_addr_t a = { lwip_htonl(address) }, m = { lwip_htonl(mask) }, g = { lwip_htonl(gateway) };

	netif_set_addr(netif, &a, &m, &g);
	return true;
}

static inline uint32_t ringlight_netif_ip4(const struct netif *netif)
{
	return lwip_ntohl(ip4_addr_get_u32(netif_ip4_addr(netif)));
}

/* A static address. Returns its place, or -1: there are six. */
static inline int ringlight_netif_add_ip6(struct netif *netif, const uint8_t *bytes)
{
	ip_addr_t address = ringlight_ip6(bytes, netif);
	s8_t index = -1;

	if (netif_add_ip6_address(netif, ip_2_ip6(&address), &index) != ERR_OK)
		return -1;
	return index;
}

static inline void ringlight_netif_use_ip6(struct netif *netif)
{
	netif_create_ip6_linklocal_address(netif, 1);
	netif_set_ip6_autoconfig_enabled(netif, 1);
}

/*
 * Whether these 16 bytes are an address of the interface. One that is being checked for duplicates, or has failed that, may be somebody
 * else's.
 */
static inline bool ringlight_netif_has_ip6(const struct netif *netif, const void *bytes)
{
	for (unsigned int index = 0; index < LWIP_IPV6_NUM_ADDRESSES; index++) {
		if (ip6_addr_isvalid(netif_ip6_addr_state(netif, index)) && !memcmp(netif_ip6_addr(netif, index)->addr, bytes, 16))
			return true;
	}
	return false;
}

/* The kernel-side half of RFC 3542, 3.1: the checksum of ICMPv6 is made on the way out. */
static inline void ringlight_raw_setup(struct raw_pcb *pcb, bool v6)
{
	pcb->chksum_reqd = v6;
	pcb->chksum_offset = 2;
}

/* Bytes of the library's own control blocks. */
static inline size_t ringlight_library_tcp_pcb_size(void)
{
	return memp_pools[MEMP_TCP_PCB]->size;
}

static inline size_t ringlight_library_udp_pcb_size(void)
{
	return memp_pools[MEMP_UDP_PCB]->size;
}

/* The first interface is the one that packets to unknown networks leave by. */
static inline void ringlight_netif_use_as_default(struct netif *netif)
{
	if (!netif_default)
		netif_set_default(netif);
}

/* What the host sent to itself and has not taken in yet is given up. The packets of that queue are one chain. */
static inline void ringlight_netif_drop_loop(struct netif *netif)
{
	struct pbuf *first = netif->loop_first;

	netif->loop_first = NULL;
	netif->loop_last = NULL;
	if (first)
		pbuf_free(first);
}

/* A minute of reassembly (RFC 791, 3.2; RFC 8200, 4.5) at once: fragments that wait for others are given up. */
static inline void ringlight_give_up_fragments(void)
{
	for (int second = 0; second <= IPV6_REASS_MAXAGE; second++) {
		ip_reass_tmr();
		ip6_reass_tmr();
	}
}

static inline void ringlight_name_thread(const char *name)
{
	prctl(PR_SET_NAME, name, 0, 0, 0);
}
