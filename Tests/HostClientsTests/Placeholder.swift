// Tests of the DHCP and DNS clients come with them.
