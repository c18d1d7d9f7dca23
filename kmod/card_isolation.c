// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a card can do to the rest of the machine.
 */
#include <linux/iommu.h>
#include <linux/version.h>

#include "card.h"

static int count_device(struct device *dev, void *data)
{
	unsigned int *count = data;

	(*count)++;
	return 0;
}

/**
 * card_is_isolated - whether a card can reach its own DMA memory only
 * @dev: its device
 *
 * Return: true if the IOMMU sees to that: translated addresses, no neighbours
 * with the same translation, no interrupts made by writing to the interrupt controller.
 */
bool card_is_isolated(struct device *dev)
{
	struct iommu_domain *domain = iommu_get_domain_for_dev(dev);
	struct iommu_group *group;
	unsigned int devices = 0;
	bool isolated;

	if (!domain || !(domain->type & __IOMMU_DOMAIN_PAGING))
		return false;

	group = iommu_group_get(dev);
	if (!group)
		return false;

	iommu_group_for_each_dev(group, &devices, count_device);
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	isolated = iommu_group_has_isolated_msi(group);
#else
	isolated = device_iommu_capable(dev, IOMMU_CAP_INTR_REMAP);
#endif
	iommu_group_put(group);

	return isolated && devices == 1;
}
