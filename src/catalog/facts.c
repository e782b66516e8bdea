/*
 * Facts a condition may ask for, each with the question a person answers in the policy file, the
 * roles, and the groups of services. Adding a fact is a row here.
 *
 * There is no fact "has no known vulnerability", and none may be added: a clean history is no
 * reason to keep a service nobody needs (POL-14).
 */
#include <string.h>

#include "base/near.h"
#include "catalog/load.h"

const struct catalog_fact catalog_facts[] = {
	{"anonymous-ftp", "Does this host publish files by anonymous, read-only FTP?"},
	{"app-server", "Do other machines use an application server (CI, wiki, forge, ...) here?"},
	{"authoritative", "Is this host the name server of a domain (DNS zones live here)?"},
	{"backup-server", "Do other machines send their backups to this host?"},
	{"battery", "Has this host a battery?"},
	{"bluetooth", "Are Bluetooth devices used with this host?"},
	{"broker", "Do programs exchange messages through a broker on this host?"},
	{"broker-clients", "Do programs on other machines use the message broker here?"},
	{"cache", "Do programs of this host use a memory cache (redis, memcached)?"},
	{"cache-clients", "Do programs on other machines use the memory cache here?"},
	{"chat-server", "Is this host a chat server (Matrix, XMPP)?"},
	{"ci-agent", "Does this host run builds for other machines?"},
	{"cluster", "Is this host a member of a cluster?"},
	{"config-management",
	 "Is this host managed by a configuration agent, or the master of one?"},
	{"console-mouse", "Is the mouse used on this host's text console?"},
	{"container-host", "Does this host run containers?"},
	{"database", "Do programs of this host use a database server here?"},
	{"database-clients", "Do programs on other machines use the database server here?"},
	{"dedicated-ftp", "Is this a dedicated, maintained FTP server?"},
	{"dev-server", "Is software being developed here with a server that is running now?"},
	{"dhcp-client", "Does this host get its address by DHCP?"},
	{"dhcp-server", "Does this host give addresses to a LAN by DHCP?"},
	{"directory", "Is this host a directory (LDAP) server?"},
	{"directory-accounts",
	 "Do accounts of this host come from LDAP, NIS or another directory?"},
	{"disk-unlock", "Do other machines unlock their disks with keys of this host (tang)?"},
	{"dns-cache", "Does this host resolve names itself, for its own programs?"},
	{"dns-lan", "Do other machines of the LAN resolve names through this host?"},
	{"fax", "Does this host send or receive faxes?"},
	{"file-sync", "Are folders kept in step with other machines (Syncthing, rsync)?"},
	{"game-server", "Does this host run a game server for others?"},
	{"git-server", "Do others fetch from, or push to, repositories on this host?"},
	{"gps", "Is a GPS receiver attached to this host?"},
	{"hardware-change", "Is hardware being changed now?"},
	{"home-automation", "Does this host control a home (sensors, lights, ...)?"},
	{"ident-wanted", "Do IRC, FTP or mail servers that you use demand ident answers?"},
	{"ipv6-router", "Does this host announce IPv6 prefixes as a router?"},
	{"irc-server", "Is this host an IRC server?"},
	{"kerberos", "Is this host a Kerberos server?"},
	{"kubernetes", "Is this host a node of a Kubernetes cluster?"},
	{"lan-discovery",
	 "Must this host find, or be found by, devices of the LAN by name (mDNS)?"},
	{"lan-logs", "Does this host collect the logs of other machines?"},
	{"lan-mail", "Do machines of the LAN exchange mail with this host?"},
	{"lan-news", "Do machines of the LAN read network news from this host?"},
	{"lan-web", "Do only machines of the LAN use a web server here?"},
	{"local-ai", "Do programs of this host use a language model server here?"},
	{"local-mail", "Do programs of this host hand mail to a mail server on this host?"},
	{"local-web", "Do only programs and users of this host use a web server here?"},
	{"log-search", "Do programs search or store logs in a search engine here?"},
	{"mailboxes", "Does this host keep mailboxes that are read by IMAP or POP3?"},
	{"media-server", "Do devices of the LAN play music or films from this host?"},
	{"modem", "Has this host a mobile-network modem?"},
	{"monitored", "Does a monitoring system ask an agent on this host?"},
	{"monitoring", "Is this host the one that monitors others?"},
	{"ms-hosts", "Do MS Windows machines share files or printers with this host?"},
	{"mx", "Does this host receive mail for a domain (is it an MX)?"},
	{"network-fs", "Does this host mount file systems of other machines?"},
	{"nfs-client", "Does this host mount NFS version 2 or 3 shares?"},
	{"nfs-server", "Does this host export NFS shares to the LAN?"},
	{"nis", "Does this host share accounts by NIS?"},
	{"packet-filter", "Are packet filter rules set up on this host?"},
	{"print-server", "Do other machines print through this host?"},
	{"printer", "Is a printer attached to this host, or does it print at all?"},
	{"process-accounting", "Must this host record every process that ran?"},
	{"proxy", "Do other machines reach the web through this host?"},
	{"push-to-talk", "Is this host a voice chat server?"},
	{"pxe", "Do machines of the LAN boot over the network from this host?"},
	{"quota", "Are disk quotas in force here for NFS users?"},
	{"radius", "Does this host check logins for network equipment (RADIUS)?"},
	{"remote-admin-web", "Is this host administered with a web browser?"},
	{"remote-desktop", "Is this host's desktop used from another machine?"},
	{"remote-login", "Do people or programs log in to this host from other machines?"},
	{"routing-protocol", "Does this host exchange routes with other routers?"},
	{"san", "Does this host use or offer disks over the network (iSCSI, multipath)?"},
	{"scanner", "Is a scanner used by other machines through this host?"},
	{"snmp", "Does network management ask this host by SNMP, with no other way?"},
	{"storage-cluster", "Is this host part of a storage cluster (Ceph, Gluster)?"},
	{"super-server", "Is at least one service of inetd or xinetd needed on this host?"},
	{"time-server", "Do other machines take the time from this host?"},
	{"tor-relay", "Is this host a Tor relay, or used as a Tor client?"},
	{"torrent", "Does this host share files by BitTorrent?"},
	{"ups", "Is this host's power supply (UPS) watched?"},
	{"virtual-machines", "Does this host run virtual machines?"},
	{"voip", "Is this host a telephone exchange or a relay for calls?"},
	{"vpn", "Is this host an end of a VPN?"},
	{"web-server", "Does this host serve web pages to others right now?"},
	{"wifi", "Does this host use a wireless network?"},
	{NULL, NULL},
};

const char *const catalog_roles[] = {"desktop", "gateway", "laptop", "server", NULL};

const struct catalog_group catalog_groups[] = {
	{"admin", "administration over the network"},
	{"ai", "language model servers"},
	{"auth", "logins and accounts"},
	{"backup", "backups"},
	{"boot", "booting over the network"},
	{"broker", "message brokers"},
	{"cache", "memory caches"},
	{"chat", "chat servers"},
	{"cluster", "members of a cluster"},
	{"container", "containers and their orchestration"},
	{"danger", "the danger zone: unfit for the Internet, even if wanted"},
	{"database", "databases"},
	{"desktop", "graphical desktops, also remote ones"},
	{"dev", "servers of software development"},
	{"dhcp", "addresses by DHCP"},
	{"directory", "directory servers"},
	{"discovery", "find and be found on the LAN"},
	{"dns", "names"},
	{"files", "file sharing"},
	{"ftp", "FTP servers"},
	{"game", "game servers"},
	{"guard", "what checks or filters clients"},
	{"hardware", "hardware"},
	{"home", "home automation"},
	{"info", "tells strangers about the host and its users"},
	{"logs", "logs"},
	{"mail", "mail servers"},
	{"mail-client", "collects and delivers mail, no server"},
	{"mail-retrieval", "mailboxes by IMAP and POP"},
	{"media", "music and films"},
	{"monitoring", "monitoring and its agents"},
	{"news", "network news"},
	{"nfs", "NFS and all it needs"},
	{"nis", "NIS and all it needs"},
	{"optional", "optional facilities"},
	{"print", "printing and scanning"},
	{"proxy", "proxies"},
	{"remote-access", "logins and desktops from elsewhere"},
	{"routing", "routing daemons"},
	{"rpc", "RPC programs"},
	{"schedule", "starts programs at set times"},
	{"starter", "starts other services"},
	{"storage", "disks over the network"},
	{"test", "test services of inetd"},
	{"time", "time"},
	{"virtual", "virtual machines"},
	{"voice", "telephony and voice chat"},
	{"vpn", "virtual private networks"},
	{"web", "web servers"},
	{"x11", "the X window system"},
	{NULL, NULL},
};

#define N_FACTS (COUNT_OF(catalog_facts) - 1)

/* The span may hold NULs, so no string function looks at it. */
static int
cmp(struct span a, const char *b)
{
	size_t n = strlen(b);
	int r = memcmp(a.p, b, a.n < n ? a.n : n);

	return r ? r : (a.n > n) - (a.n < n);
}

const char *
fact_find(struct span name)
{
	size_t low = 0, high = N_FACTS;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int r = cmp(name, catalog_facts[middle].name);

		if (r == 0)
			return catalog_facts[middle].name;
		if (r < 0)
			high = middle;
		else
			low = middle + 1;
	}
	for (const char *const *role = catalog_roles; *role; role++)
		if (span_is(name, *role))
			return *role;
	return NULL;
}

void
fact_nearest(struct span name, char *buf, size_t size)
{
	struct near near = near_of(name);

	for (const struct catalog_fact *fact = catalog_facts; fact->name; fact++)
		near_offer(&near, fact->name);
	for (const char *const *role = catalog_roles; *role; role++)
		near_offer(&near, *role);
	near_hint(&near, buf, size);
}
