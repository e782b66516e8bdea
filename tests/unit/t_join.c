/* join/: what cgroup paths say, and which record is the cause of which listener. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "base/attr.h"
#include "base/span.h"
#include "base/vec.h"
#include "join/join.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

/* Paths as systemd, the OCI runtimes, lxc and the kubelet write them. */
static const struct {
	const char *path;
	const char *unit, *user_unit, *session, *runtime, *container, *openrc;
} cgroups[] = {
	{"/system.slice/ssh.service", .unit = "ssh.service"},
	{"/system.slice/ssh.socket", .unit = "ssh.socket"},
	{"/system.slice/docker.service", .unit = "docker.service"},
	{"/system.slice/php7.0-fpm.service", .unit = "php7.0-fpm.service"},
	{"/system.slice/system-postgresql.slice/postgresql@15-main.service",
	 .unit = "postgresql@15-main.service"},
	{"/user.slice/user-1000.slice/session-4.scope", .unit = "session-4.scope", .session = "4"},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/pipewire.service",
	 .unit = "user@1000.service", .user_unit = "pipewire.service"},
	{"/user.slice/user-0.slice/user@0.service/init.scope", .unit = "user@0.service",
	 .user_unit = "init.scope"},
	{"/system.slice/docker-" HEX64 ".scope", .unit = NULL, .runtime = "docker",
	 .container = "0123456789ab"},
	{"/docker/" HEX64, .runtime = "docker", .container = "0123456789ab"},
	{"/" HEX64, .runtime = "container", .container = "0123456789ab"},
	{"/machine.slice/libpod-" HEX64 ".scope/container", .runtime = "podman",
	 .container = "0123456789ab"},
	{"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod12.slice/"
	 "cri-containerd-" HEX64 ".scope",
	 .runtime = "kubernetes", .container = "0123456789ab"},
	{"/kubepods/besteffort/pod1-2-3/" HEX64, .runtime = "kubernetes",
	 .container = "0123456789ab"},
	{"/system.slice/containerd.service/kubepods-burstable-pod12.slice/" HEX64,
	 .unit = "containerd.service", .runtime = "kubernetes", .container = "0123456789ab"},
	{"/lxc/web", .runtime = "lxc", .container = "web"},
	{"/lxc.payload.web/system.slice/nginx.service", .runtime = "lxc", .container = "web"},
	{"/machine.slice/systemd-nspawn@box.service/payload", .runtime = "nspawn",
	 .container = "box"},
	{"/machine.slice/machine-a\\x2db.scope", .runtime = "machine", .container = "a-b"},
	{"/machine.slice/machine-qemu\\x2d1\\x2dvm.scope",
	 .unit = "machine-qemu\\x2d1\\x2dvm.scope"},
	{"/openrc.sshd", .openrc = "sshd"},
	{"/openrc/sshd", .openrc = "sshd"},
	/* Looks like it, but is not: names of people's own making. */
	{"/system.slice/docker-compose@web.service", .unit = "docker-compose@web.service"},
	{"/system.slice/my-docker-thing.scope", .unit = "my-docker-thing.scope"},
	{"/dockerish/" HEX64 "0", .runtime = NULL},
	{"/", .unit = NULL},
	{"", .unit = NULL},
	{"/\\x2", .unit = NULL},
};

static void
cgroup_paths_are_read_by_component(void **state)
{
	for (size_t i = 0; i < COUNT_OF(cgroups); i++) {
		struct arena *arena = arena_new();
		struct join_cgroup got;
		bool same;

		join_cgroup_read(arena, cgroups[i].path, &got);
		same = text_is(got.unit, cgroups[i].unit) &&
		       text_is(got.user_unit, cgroups[i].user_unit) &&
		       text_is(got.session, cgroups[i].session) &&
		       text_is(got.runtime, cgroups[i].runtime) &&
		       text_is(got.container, cgroups[i].container) &&
		       text_is(got.openrc, cgroups[i].openrc);
		if (!same)
			printf("# %s: unit %s user %s session %s runtime %s container %s openrc "
			       "%s\n",
			       cgroups[i].path, got.unit, got.user_unit, got.session, got.runtime,
			       got.container, got.openrc);
		assert_true(same);
		arena_free(arena);
	}
}

/* A small machine ---------------------------------------------------------------------- */

struct world {
	struct audit audit;
	struct netns netns;
};

static int
setup(void **state)
{
	struct world *world = test_calloc(1, sizeof(*world));

	world->audit.arena = arena_new();
	world->audit.diags = diags_of(world->audit.arena);
	world->audit.process_by_pid = map_of(world->audit.arena);
	world->audit.live = true;
	*state = world;
	return 0;
}

static int
teardown(void **state)
{
	struct world *world = *state;

	arena_free(world->audit.arena);
	test_free(world);
	return 0;
}

static struct process *
process(struct world *world, pid_t pid, pid_t ppid, const char *exe, const char *cgroup)
{
	struct audit *audit = &world->audit;
	struct process *made = arena_alloc(audit->arena, sizeof(*made));

	*made = (struct process){.pid = pid,
				 .ppid = ppid,
				 .start_ticks = (uint64_t)pid,
				 .exe = exe,
				 .comm = text_basename(exe),
				 .cgroup = cgroup,
				 .user = "root",
				 .root = "/"};
	vec_push(audit->arena, &audit->processes, made);
	map_put(&audit->process_by_pid, (uint64_t)pid, made);
	return made;
}

static struct start *
record(struct world *world, const char *mechanism, const char *name, const char *exe)
{
	struct audit *audit = &world->audit;
	struct start *made = arena_alloc(audit->arena, sizeof(*made));

	*made = (struct start){.mechanism = mechanism, .name = name, .exe = exe, .enabled = true};
	vec_push(audit->arena, &audit->starts, made);
	return made;
}

static void
declare(struct world *world, struct start *start, uint32_t port)
{
	start->ports = arena_alloc(world->audit.arena, sizeof(*start->ports));
	start->ports[0] = (struct start_port){.proto = NET_TCP, .port = port};
	start->n_ports = 1;
	start->listens_itself = true;
}

static struct listener *
listener(struct world *world, uint32_t port, const struct process *owner)
{
	struct audit *audit = &world->audit;
	struct listener *made = arena_alloc(audit->arena, sizeof(*made));

	*made = (struct listener){.proto = NET_TCP,
				  .family = AF_INET,
				  .port = port,
				  .netns = &world->netns,
				  .addr = {.family = AF_INET}};
	if (owner) {
		made->owners = arena_alloc(audit->arena, sizeof(*made->owners));
		made->owners[0].process = owner;
		made->n_owners = 1;
	}
	vec_push(audit->arena, &audit->listeners, made);
	return made;
}

static void
add_owner(struct world *world, struct listener *to, const struct process *owner)
{
	struct listener_owner *grown =
		arena_array(world->audit.arena, to->n_owners + 1, sizeof(*grown));

	memcpy(grown, to->owners, to->n_owners * sizeof(*grown));
	grown[to->n_owners].process = owner;
	to->owners = grown;
	to->n_owners++;
}

/* What users can do with names is nobody's evidence (POL-3). */
static void
users_names_are_no_evidence(void **state)
{
	static const char *inetd_argv[] = {"inetd", "/etc/shadow", NULL};
	static const char own[] = "/user.slice/user-7.slice/user@7.service/app.slice/";
	struct world *world = *state;
	struct arena *arena = world->audit.arena;
	struct start *ssh = record(world, "systemd", "ssh.service", "/usr/sbin/sshd");
	struct start *finger = record(world, "inetd", "finger", "/usr/sbin/in.fingerd");
	struct start *run = record(world, "runit", "sshd", "/usr/sbin/sshd");
	struct process *unit, *inetd, *box, *runsv, *child, *real;
	struct listener *by_unit, *by_inetd, *by_box, *by_runsv, *by_real;

	ssh->unit = ssh->name;
	declare(world, finger, 79);
	unit = process(world, 50, 1, "/home/e/sshd", arena_printf(arena, "%sssh.service", own));
	inetd = process(world, 51, 1, "/home/e/inetd", "/");
	inetd->argv = inetd_argv;
	box = process(world, 52, 1, "/home/e/x",
		      arena_printf(arena, "%sdocker-0123456789abcdef.scope", own));
	runsv = process(world, 53, 1, "/home/e/runsv", "/");
	runsv->argv = (const char *[]){"runsv", "sshd", NULL};
	child = process(world, 54, 53, "/home/e/y", "/");
	real = process(world, 55, 1, "/srv/sshd", "/system.slice/ssh.service/docker.service");
	unit->untrusted = inetd->untrusted = box->untrusted = runsv->untrusted = child->untrusted =
		real->untrusted = true;
	by_unit = listener(world, 22, unit);
	by_inetd = listener(world, 79, inetd);
	by_box = listener(world, 80, box);
	by_runsv = listener(world, 81, child);
	by_real = listener(world, 82, real);
	join_audit(&world->audit);
	for (uint32_t i = 0; i < by_unit->n_starts; i++)
		assert_ptr_not_equal(by_unit->starts[i].start, ssh);
	assert_null(join_super_server(inetd));
	assert_true(!by_inetd->n_starts || by_inetd->starts[0].guess);
	assert_true(by_box->n_starts == 1 && by_box->starts[0].guess);
	assert_true(by_runsv->n_starts == 1 && by_runsv->starts[0].start == run);
	assert_true(by_runsv->starts[0].guess);
	assert_false(unit->vouched || inetd->vouched || box->vouched || child->vouched);
	/* A service names the groups below its own, not its own one. */
	assert_true(by_real->n_starts == 1 && by_real->starts[0].start == ssh);
	assert_true(real->vouched);
}

/* One process that holds a socket many times, and many records for one program. */
static void
many_owners_and_causes_have_an_end(void **state)
{
	struct world *world = *state;
	struct process *owner = process(world, 50, 1, "/home/e/x", NULL);
	struct listener *one = listener(world, 80, owner);
	const uint32_t n = 300000;

	for (unsigned i = 0; i < 5000; i++)
		record(world, "systemd", "u.service", "/home/e/x");
	one->owners = arena_array(world->audit.arena, n, sizeof(*one->owners));
	for (uint32_t i = 0; i < n; i++)
		one->owners[i].process = i % 2 ? owner : process(world, 51, 50, "/y", NULL);
	one->n_owners = n;
	join_audit(&world->audit);
	assert_in_range(one->n_starts, 1, 100);
	assert_int_equal(world->audit.diags.count[DIAG_WARNING], 1);
}

static void
a_super_servers_port_is_its_line(void **state)
{
	struct world *world = *state;
	struct start *starter = record(world, "sysv", "openbsd-inetd", "/usr/sbin/inetd");
	struct start *telnet = record(world, "inetd", "telnet", "/usr/sbin/in.telnetd");
	struct start *finger = record(world, "inetd", "finger", "/usr/sbin/in.fingerd");
	struct process *inetd = process(world, 10, 1, "/usr/sbin/inetd", "/");
	struct listener *on23 = listener(world, 23, inetd), *on99 = listener(world, 99, inetd);

	declare(world, telnet, 23);
	declare(world, finger, 79);
	join_audit(&world->audit);
	assert_int_equal(on23->n_starts, 1);
	assert_ptr_equal(on23->starts[0].start, telnet);
	assert_false(on23->starts[0].guess);
	assert_ptr_equal(telnet->via, starter);
	assert_true(starter->super_server);
	/* A port no line explains belongs to whoever starts the super-server. */
	assert_ptr_equal(on99->starts[0].start, starter);
	assert_false(finger->dormant);
}

static void
lines_without_a_super_server_are_dormant(void **state)
{
	struct world *world = *state;
	struct start *telnet = record(world, "inetd", "telnet", "/usr/sbin/in.telnetd");

	declare(world, telnet, 23);
	join_audit(&world->audit);
	assert_true(telnet->dormant);
	assert_non_null(telnet->note);
}

static void
pid_1_holds_for_a_socket_unit(void **state)
{
	struct world *world = *state;
	struct start *socket = record(world, "systemd", "ssh.socket", NULL);
	struct start *service = record(world, "systemd", "ssh.service", "/usr/sbin/sshd");
	struct process *init = process(world, 1, 0, "/usr/lib/systemd/systemd", "/init.scope");
	struct process *sshd = process(world, 50, 1, "/usr/sbin/sshd", "/system.slice/ssh.service");
	struct listener *on22 = listener(world, 22, init);

	socket->unit = "ssh.socket";
	socket->activates = "ssh.service";
	service->unit = "ssh.service";
	service->enabled = false;
	declare(world, socket, 22);
	add_owner(world, on22, sshd);
	join_audit(&world->audit);
	assert_int_equal(on22->n_starts, 2);
	assert_ptr_equal(on22->starts[0].start, socket);
	assert_ptr_equal(on22->starts[1].start, service);
}

static void
what_a_login_starts_is_not_the_login_service(void **state)
{
	struct world *world = *state;
	struct start *ssh = record(world, "systemd", "ssh.service", "/usr/sbin/sshd");
	const char *cgroup = "/system.slice/ssh.service";
	struct process *sshd = process(world, 50, 1, "/usr/sbin/sshd", cgroup);
	struct process *shell = process(world, 60, 50, "/bin/bash", cgroup);
	struct process *java = process(world, 70, 60, "/usr/bin/java", cgroup);
	struct process *mux = process(world, 80, 1, "/usr/bin/ssh", cgroup);
	struct process *screen = process(world, 90, 1, "/usr/bin/screen",
					 "/user.slice/user-0.slice/session-1.scope");
	struct listener *own = listener(world, 22, sshd), *by_java = listener(world, 8080, java);
	struct listener *by_mux = listener(world, 9000, mux),
			*by_screen = listener(world, 1, screen);

	(void)shell;
	ssh->unit = "ssh.service";
	join_audit(&world->audit);
	assert_ptr_equal(own->starts[0].start, ssh);
	assert_string_equal(by_java->starts[0].start->mechanism, "session");
	assert_string_equal(by_mux->starts[0].start->mechanism, "session");
	assert_string_equal(by_screen->starts[0].start->mechanism, "session");
}

static void
children_of_a_container_are_the_containers(void **state)
{
	struct world *world = *state;
	struct start *docker = record(world, "systemd", "docker.service", "/usr/bin/dockerd");
	struct process *inside =
		process(world, 60, 1, "/usr/sbin/nginx", "/system.slice/docker-" HEX64 ".scope");
	struct process *proxy =
		process(world, 61, 1, "/usr/bin/docker-proxy", "/system.slice/docker.service");
	struct listener *by_inside = listener(world, 80, inside);
	struct listener *by_proxy = listener(world, 8080, proxy);

	docker->unit = "docker.service";
	join_audit(&world->audit);
	assert_string_equal(by_inside->starts[0].start->mechanism, "container");
	assert_string_equal(by_inside->starts[0].start->name, "docker 0123456789ab");
	assert_ptr_equal(by_proxy->starts[0].start, docker);
}

static void
the_master_answers_for_its_children(void **state)
{
	struct world *world = *state;
	struct start *script = record(world, "sysv", "nginx", "/usr/sbin/nginx");
	struct process *master = process(world, 50, 1, "/usr/sbin/nginx", NULL);
	struct process *worker = process(world, 51, 50, "/usr/sbin/nginx", NULL);
	struct listener *on80 = listener(world, 80, worker);

	add_owner(world, on80, master);
	join_audit(&world->audit);
	assert_int_equal(on80->n_starts, 1);
	assert_ptr_equal(on80->starts[0].start, script);
}

static void
merged_usr_is_one_path(void **state)
{
	struct world *world = *state;
	struct start *script = record(world, "sysv", "rpcbind", "/sbin/rpcbind");
	struct listener *on111 =
		listener(world, 111, process(world, 50, 1, "/usr/sbin/rpcbind", NULL));

	join_audit(&world->audit);
	assert_ptr_equal(on111->starts[0].start, script);
}

static void
an_interpreter_is_not_its_script(void **state)
{
	static const char *argv[] = {"python3", "-u", "/opt/b/server.py", NULL};
	struct world *world = *state;
	struct start *other = record(world, "systemd", "a.service", "/opt/a/server.py");
	struct start *right = record(world, "systemd", "b.service", "/opt/b/server.py");
	struct process *python = process(world, 50, 1, "/usr/bin/python3.11", NULL);
	struct listener *on80 = listener(world, 80, python);

	(void)other;
	python->argv = argv;
	join_audit(&world->audit);
	assert_int_equal(on80->n_starts, 1);
	assert_ptr_equal(on80->starts[0].start, right);
}

static void
hand_started_is_said_so(void **state)
{
	struct world *world = *state;
	struct process *shell = process(world, 50, 1, "/bin/bash", NULL);
	struct listener *on80 = listener(world, 80, process(world, 51, 50, "/tmp/server", NULL));
	struct listener *lost = listener(world, 81, process(world, 70, 1, "/tmp/daemon", NULL));

	shell->tty_name = "pts/3";
	join_audit(&world->audit);
	assert_string_equal(on80->starts[0].start->mechanism, "manual");
	assert_string_equal(on80->starts[0].start->name, "pts/3, root");
	assert_int_equal(lost->n_starts, 0);
	assert_string_equal(lost->no_start, "cannot find what starts it");
}

static void
a_stale_pidfile_is_not_believed(void **state)
{
	struct world *world = *state;
	struct start *script = record(world, "sysv", "ntpd", "/usr/sbin/ntpd");
	struct listener *on80 = listener(world, 80, process(world, 50, 1, "/tmp/daemon", NULL));

	script->pidfile = "/run/ntpd.pid";
	script->pidfile_pid = 50;
	join_audit(&world->audit);
	assert_int_equal(on80->n_starts, 0);
}

static void
a_disabled_record_is_only_a_guess(void **state)
{
	struct world *world = *state;
	struct start *script = record(world, "sysv", "nginx", "/usr/sbin/nginx");
	struct listener *on80 = listener(world, 80, process(world, 50, 1, "/usr/sbin/nginx", NULL));

	script->enabled = false;
	join_audit(&world->audit);
	assert_ptr_equal(on80->starts[0].start, script);
	assert_true(on80->starts[0].guess);
}

static void
supervised_daemons_name_their_directory(void **state)
{
	static const char *argv[] = {"runsv", "tinydns", NULL};
	struct world *world = *state;
	struct start *service = record(world, "runit", "tinydns", NULL);
	struct process *runsv = process(world, 50, 1, "/usr/bin/runsv", NULL);
	struct listener *on53 =
		listener(world, 53, process(world, 51, 50, "/usr/bin/tinydns", NULL));

	runsv->argv = argv;
	join_audit(&world->audit);
	assert_ptr_equal(on53->starts[0].start, service);
}

static void
one_answer_serves_all_sockets_of_a_process(void **state)
{
	struct world *world = *state;
	struct start *script = record(world, "sysv", "nginx", "/usr/sbin/nginx");
	struct process *nginx = process(world, 50, 1, "/usr/sbin/nginx", NULL);
	struct process *twin = process(world, 51, 1, "/usr/sbin/nginx", NULL);
	struct listener *both = listener(world, 80, nginx), *second = listener(world, 81, twin);

	add_owner(world, both, twin);
	join_audit(&world->audit);
	assert_int_equal(both->n_starts, 1);
	assert_int_equal(second->n_starts, 1);
	assert_ptr_equal(second->starts[0].start, script);
	assert_int_equal(script->n_listeners, 2);
}

#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cgroup_paths_are_read_by_component),
		WORLD_TEST(users_names_are_no_evidence),
		WORLD_TEST(many_owners_and_causes_have_an_end),
		WORLD_TEST(a_super_servers_port_is_its_line),
		WORLD_TEST(lines_without_a_super_server_are_dormant),
		WORLD_TEST(pid_1_holds_for_a_socket_unit),
		WORLD_TEST(what_a_login_starts_is_not_the_login_service),
		WORLD_TEST(children_of_a_container_are_the_containers),
		WORLD_TEST(the_master_answers_for_its_children),
		WORLD_TEST(merged_usr_is_one_path),
		WORLD_TEST(an_interpreter_is_not_its_script),
		WORLD_TEST(hand_started_is_said_so),
		WORLD_TEST(a_stale_pidfile_is_not_believed),
		WORLD_TEST(a_disabled_record_is_only_a_guess),
		WORLD_TEST(supervised_daemons_name_their_directory),
		WORLD_TEST(one_answer_serves_all_sockets_of_a_process),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
