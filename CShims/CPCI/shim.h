/* SPDX-License-Identifier: Apache-2.0 */
#ifndef RINGLIGHT_CPCI_H
#define RINGLIGHT_CPCI_H

#include <pci/pci.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

/*
 * libpci ends the process on an error (a device that is unplugged during the scan is one),
 * and its error function must not return: this one leaves the scan instead.
 */
struct ringlight_pci_escape {
	jmp_buf place;
	char *message;
	size_t size;
};

static _Thread_local struct ringlight_pci_escape *ringlight_pci_escape;

__attribute__((noreturn, format(printf, 1, 2)))
static inline void ringlight_pci_fail(char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(ringlight_pci_escape->message, ringlight_pci_escape->size, format, arguments);
	va_end(arguments);
	longjmp(ringlight_pci_escape->place, 1);
}

__attribute__((format(printf, 1, 2)))
static inline void ringlight_pci_ignore(char *format, ...)
{
	(void)format;
}

/*
 * Finds all devices and reads the PCI_FILL_* `fields` of each; 0, or -1 with libpci's words in `message`.
 * `access` comes from pci_alloc and is to be given to pci_cleanup in both cases.
 */
static inline int ringlight_pci_scan(struct pci_access *access, int fields, char *message, size_t size)
{
	struct ringlight_pci_escape escape = { .message = message, .size = size };
	struct pci_dev *device;
	int result = -1;

	ringlight_pci_escape = &escape;
	access->error = ringlight_pci_fail;
	access->warning = ringlight_pci_ignore;
	access->debug = ringlight_pci_ignore;
	if (setjmp(escape.place) == 0) {
		pci_init(access);
		pci_scan_bus(access);
		for (device = access->devices; device; device = device->next)
			pci_fill_info(device, fields);
		result = 0;
	}
	ringlight_pci_escape = NULL;
	return result;
}

#endif
