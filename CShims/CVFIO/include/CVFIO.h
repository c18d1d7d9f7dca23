/* SPDX-License-Identifier: Apache-2.0 */
/*
 * <linux/vfio.h> for Swift, which imports neither its _IO() numbers nor its structures that
 * end in an array. Header only, no logic.
 */
#ifndef RINGLIGHT_CVFIO_H
#define RINGLIGHT_CVFIO_H

#include <linux/vfio.h>
#include <stddef.h>

static const unsigned long vfio_get_api_version = VFIO_GET_API_VERSION;
static const unsigned long vfio_check_extension = VFIO_CHECK_EXTENSION;
static const unsigned long vfio_set_iommu = VFIO_SET_IOMMU;
static const unsigned long vfio_group_get_status = VFIO_GROUP_GET_STATUS;
static const unsigned long vfio_group_set_container = VFIO_GROUP_SET_CONTAINER;
static const unsigned long vfio_group_get_device_fd = VFIO_GROUP_GET_DEVICE_FD;
static const unsigned long vfio_iommu_get_info = VFIO_IOMMU_GET_INFO;
static const unsigned long vfio_iommu_map_dma = VFIO_IOMMU_MAP_DMA;
static const unsigned long vfio_device_get_info = VFIO_DEVICE_GET_INFO;
static const unsigned long vfio_device_get_region_info = VFIO_DEVICE_GET_REGION_INFO;
static const unsigned long vfio_device_get_irq_info = VFIO_DEVICE_GET_IRQ_INFO;
static const unsigned long vfio_device_set_irqs = VFIO_DEVICE_SET_IRQS;
static const unsigned long vfio_device_reset = VFIO_DEVICE_RESET;

/* struct vfio_irq_set with one event descriptor as its data. */
struct vfio_irq_set_event {
	__u32 argsz;
	__u32 flags;
	__u32 index;
	__u32 start;
	__u32 count;
	__s32 event;
};

_Static_assert(offsetof(struct vfio_irq_set_event, event) == offsetof(struct vfio_irq_set, data), "layout of vfio_irq_set");

#endif
