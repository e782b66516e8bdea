/*
 * See account.h. Root services keep root; a server that is not root switches nothing. What the
 * worker serves itself needs no right at all: without an account of its own, or as root, it is
 * nobody.
 */
#include "engine/account.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NOBODY = 65534, DEFAULT_UMASK = 022 };

static struct service_account
account_of(const struct service *service)
{
	struct service_account account = service->account;
	const struct passwd *nobody;

	if (service->kind == SERVICE_PROGRAM || (account.switch_uid && account.uid))
		return account;
	nobody = getpwnam("nobody");
	return (struct service_account){
		.uid = nobody ? nobody->pw_uid : NOBODY,
		.gid = nobody ? nobody->pw_gid : NOBODY,
		.switch_uid = true,
		.switch_gid = true,
		.groups = GROUPS_NONE,
	};
}

static int
enter_groups(const struct service_account *account, struct err *err)
{
	const struct passwd *user;

	if (account->groups == GROUPS_KEEP || (!account->switch_uid && !account->switch_gid))
		return 0;
	if (account->groups == GROUPS_NONE)
		return setgroups(0, NULL) < 0
			       ? err_errno(err, -errno, "supplementary groups cannot be dropped")
			       : 0;
	user = getpwuid(account->uid);
	if (!user)
		return err_set(err, -ENOENT, "user %u has no name, so no groups",
			       (unsigned)account->uid);
	if (initgroups(user->pw_name, account->gid) < 0)
		return err_errno(err, -errno, "groups of user \"%s\"", user->pw_name);
	return 0;
}

static int
verify(const struct service_account *account, struct err *err)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	if (getresuid(&r, &e, &s) < 0 || getresgid(&rg, &eg, &sg) < 0)
		return err_errno(err, -errno, "the account cannot be verified");
	if (account->switch_uid && (r != account->uid || e != r || s != r))
		return err_set(err, -EPERM, "user is %u, not %u", (unsigned)e,
			       (unsigned)account->uid);
	if (account->switch_gid && (rg != account->gid || eg != rg || sg != rg))
		return err_set(err, -EPERM, "group is %u, not %u", (unsigned)eg,
			       (unsigned)account->gid);
	if (account->switch_uid && account->uid && setuid(0) == 0)
		return err_set(err, -EPERM, "root could be had back");
	return 0;
}

static int
enter_ids(const struct service_account *account, struct err *err)
{
	int r = enter_groups(account, err);

	if (r < 0)
		return r;
	if (account->switch_gid && setresgid(account->gid, account->gid, account->gid) < 0)
		return err_errno(err, -errno, "group %u", (unsigned)account->gid);
	if (account->switch_uid && setresuid(account->uid, account->uid, account->uid) < 0)
		return err_errno(err, -errno, "user %u", (unsigned)account->uid);
	return verify(account, err);
}

/* Programs set their own limits; only what that would not be allowed to is raised here. */
static int
raise_limits(const struct service *service, struct err *err)
{
	for (uint32_t i = 0; i < service->n_rlimits; i++) {
		const struct service_rlimit *want = &service->rlimits[i];
		struct rlimit limit;

		if (getrlimit((__rlimit_resource_t)want->resource, &limit) < 0)
			return err_errno(err, -errno, "limit %d", want->resource);
		if (want->value <= limit.rlim_max)
			continue;
		limit.rlim_max = want->value;
		if (setrlimit((__rlimit_resource_t)want->resource, &limit) < 0)
			return err_errno(err, -errno, "limit %d cannot be raised", want->resource);
	}
	return 0;
}

int
account_enter(const struct service *service, bool privileged, struct err *err)
{
	struct service_account account = account_of(service);
	int r = raise_limits(service, err);

	umask(service->umask >= 0 ? (mode_t)service->umask : DEFAULT_UMASK);
	if (r < 0)
		return r;
	errno = 0;
	if (service->nice && nice(service->nice) == -1 && errno)
		return err_errno(err, -errno, "nice %d", service->nice);
	return privileged ? enter_ids(&account, err) : 0;
}
