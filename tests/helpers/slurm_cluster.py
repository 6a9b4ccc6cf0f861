"""A real SLURM on this machine alone: a controller, accounting, two nodes, GPUs that are not there.

All of it listens on the loopback interface, runs as root, and lives in one folder. The GPUs are
device files without a device; SLURM counts and enforces them like real ones.
"""

import contextlib
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

import psutil

NEEDED = ("slurmctld", "slurmd", "slurmdbd", "munged", "mariadbd", "mariadb-install-db", "sbatch")
"""Programs that must be there; the file ``packages`` lists Debian's packages of them."""

ACCOUNT = "galaxies"
# A safety net for every wait: ten times what the longest takes on a usual machine, and more [s].
LIMIT = 2400.0
_CLUSTER = "galbar"


def missing_programs():
    """Programs that a cluster needs and that are not installed, and the right to start them."""
    path = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
    missing = [name for name in NEEDED if shutil.which(name, path=path) is None]
    if os.geteuid() != 0:
        missing.append("root")
    return missing


class Cluster:
    """A cluster in a folder; `start`, `stop`, and what tests do to it.

    Parameters
    ----------
    folder : Path
        For configuration, logs, state. A short path: sockets lie in it.
    """

    def __init__(self, folder):
        self.folder = Path(folder)
        self.processes = {}
        self.ports = dict(
            zip(("slurmctld", "slurmdbd", "mariadb", "cpu1", "gpu1"), _free_ports(5), strict=True)
        )
        self.environment = {
            **os.environ,
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}{os.pathsep}/usr/sbin",
            "SLURM_CONF": str(self.folder / "slurm.conf"),
        }

    def start(self):
        """Start everything; returns when both nodes take jobs."""
        self._write_configuration()
        self._start_munge()
        self._start_mariadb()
        self.start_daemon("slurmdbd")
        self._wait_for("slurmdbd", lambda: self._succeeds("sacctmgr", "-n", "show", "cluster"))
        self.command("sacctmgr", "-i", "add", "cluster", _CLUSTER)
        self.command("sacctmgr", "-i", "add", "account", ACCOUNT, "Description=test")
        self.command("sacctmgr", "-i", "add", "user", "root", f"Account={ACCOUNT}")
        self.start_daemon("slurmctld")
        self.start_daemon("cpu1")
        self.start_daemon("gpu1")
        self._wait_for("the nodes", lambda: self.node_states() == {"cpu1": "idle", "gpu1": "idle"})

    def stop(self):
        """Stop everything that was started; leaves no process."""
        if "slurmctld" in self.processes:
            self._run("scancel", "--state=PENDING", "-u", "root")
            self._run("scancel", "-u", "root")
            # What cannot be waited for is stopped with the daemons.
            with contextlib.suppress(RuntimeError):
                self._wait_for("the end of all jobs", lambda: not self.jobs("RUNNING,COMPLETING"))
        for name in ("gpu1", "cpu1", "slurmctld", "slurmdbd", "mariadb", "munge"):
            self.stop_daemon(name)

    def processes_left(self):
        """Command lines of processes that have this cluster's folder in theirs."""
        lines = [" ".join(p.info["cmdline"] or []) for p in psutil.process_iter(["cmdline"])]
        return [line for line in lines if str(self.folder) in line]

    def start_daemon(self, name):
        """Start slurmctld, slurmdbd or the slurmd of a node."""
        conf = str(self.folder / "slurm.conf")
        commands = {
            "slurmdbd": ["slurmdbd", "-D"],
            "slurmctld": ["slurmctld", "-D", "-f", conf],
            "cpu1": ["slurmd", "-D", "-f", conf, "-N", "cpu1"],
            "gpu1": ["slurmd", "-D", "-f", conf, "-N", "gpu1"],
        }
        self._spawn(name, commands[name])

    def stop_daemon(self, name, how=signal.SIGTERM):
        """Stop a daemon, by force if it does not end by itself."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(LIMIT / 20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(LIMIT)

    def crash_node(self, name, folder, spared):
        """Let a node lose its power: its daemon and all processes of its jobs are gone at once.

        Both nodes are this machine, which may have another cluster as well: the processes are known
        by the folders they work in. Those of the session ``spared``, the controller's, live
        elsewhere and are left alone.
        """
        self.stop_daemon(name, signal.SIGKILL)
        running = list(psutil.process_iter(["cmdline", "cwd", "pid"]))
        ours = [p for p in running if p.info["cwd"] == str(self.folder)]
        steps = [p for p in ours if " ".join(p.info["cmdline"] or []).startswith("slurmstepd:")]
        inside = [p for p in running if (p.info["cwd"] or "").startswith(str(folder))]
        # The steps first, or they would still tell the controller how their processes ended.
        for process in [*steps, *inside]:
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                if process in steps or os.getsid(process.pid) != spared:
                    process.kill()

    def command(self, *arguments):
        """Run a command of SLURM; its output."""
        done = self._run(*arguments)
        if done.returncode:
            raise RuntimeError(f"{' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def answers(self):
        """Whether the controller, slurmctld, does."""
        return self._succeeds("scontrol", "ping") and self._succeeds("squeue")

    def node_states(self):
        """Map each node to its state."""
        lines = self.command("sinfo", "-h", "-N", "-o", "%N %T").split("\n")
        return dict(line.split() for line in lines if line)

    def jobs(self, states="PENDING,RUNNING"):
        """Jobs of the queue: a dict of id, state, comment each."""
        lines = self.command("squeue", "-h", "-t", states, "-o", "%i|%T|%k").split("\n")
        names = ("id", "state", "comment")
        return [dict(zip(names, line.split("|"), strict=True)) for line in lines if line]

    def accounting(self, since):
        """Jobs of the accounting that began after a time (of `time.time`), one dict each.

        Keys: id, state, partition, tres (what was allocated), time (limit [min]), comment.
        """
        begin = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(since))
        form = "JobID,State,Partition,ReqTRES,TimelimitRaw,Comment"
        table = self.command(
            *("sacct", "-n", "-P", "-X", "-a", "-D", "-S", begin, f"--format={form}")
        )
        names = ("id", "state", "partition", "tres", "time", "comment")
        return [dict(zip(names, line.split("|"), strict=True)) for line in table.splitlines()]

    def _write_configuration(self):
        host = socket.gethostname().split(".")[0]
        for name in ("state", "spool", "log", "db", "run", "bin", "munge", "dev"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        for number in range(2):
            os.mknod(self.folder / f"dev/fakegpu{number}", 0o666 | 0o020000, os.makedev(1, 3))
        (self.folder / "slurm.conf").write_text(
            _SLURM_CONF.format(host=host, folder=self.folder, cluster=_CLUSTER, **self.ports)
        )
        (self.folder / "gres.conf").write_text(
            "AutoDetect=off\n"
            f"NodeName=gpu1 Name=gpu Type=fake File={self.folder}/dev/fakegpu[0-1]\n"
        )
        database = self.folder / "slurmdbd.conf"
        database.write_text(_SLURMDBD_CONF.format(folder=self.folder, **self.ports))
        database.chmod(0o600)
        # The job step plugin removes SLURM_CONF from the environment of the srun within a job.
        srun = self.folder / "bin/srun"
        srun.write_text(
            f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {shutil.which("srun")} "$@"\n'
        )
        srun.chmod(0o755)

    def _start_munge(self):
        folder = self.folder / "munge"
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self._spawn(
            "munge",
            [
                *("munged", "--foreground", "--force", f"--key-file={key}"),
                *(f"--socket={folder}/munge.socket", f"--pid-file={folder}/munged.pid"),
                *(f"--seed-file={folder}/munge.seed", f"--log-file={folder}/munged.log"),
            ],
        )
        self._wait_for("munge", lambda: (folder / "munge.socket").exists())

    def _start_mariadb(self):
        data, sock = self.folder / "db", self.folder / "run/mariadb.socket"
        subprocess.run(
            [
                *("mariadb-install-db", "--no-defaults", "--user=root", f"--datadir={data}"),
                *("--auth-root-authentication-method=normal", "--skip-test-db"),
            ],
            env=self.environment,
            capture_output=True,
            check=True,
            timeout=LIMIT,
        )
        self._spawn(
            "mariadb",
            [
                *("mariadbd", "--no-defaults", "--user=root", f"--datadir={data}"),
                *(f"--socket={sock}", f"--port={self.ports['mariadb']}"),
                *("--bind-address=127.0.0.1", f"--pid-file={self.folder}/run/mariadb.pid"),
                "--innodb-buffer-pool-size=32M",
            ],
        )
        self._wait_for("MariaDB", lambda: self._succeeds("mariadb", f"--socket={sock}", "-e", ""))

    def _spawn(self, name, command):
        log = open(self.folder / f"log/{name}.log", "ab")  # the process keeps it
        with log:
            self.processes[name] = subprocess.Popen(
                command,
                # A daemon that crashes leaves its core where the test cleans up.
                cwd=self.folder,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _succeeds(self, *command):
        return self._run(*command).returncode == 0

    def _run(self, *command):
        return subprocess.run(
            command,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=LIMIT,
            check=False,
        )

    def _wait_for(self, what, ready):
        deadline = time.monotonic() + LIMIT
        while time.monotonic() < deadline:
            if ready():
                return
            ended = [name for name, process in self.processes.items() if process.poll() is not None]
            if ended:
                raise RuntimeError(f"{ended[0]} ended: {self._tail(ended[0])}")
            time.sleep(0.2)
        logs = "\n".join(f"== {name}\n{self._tail(name)}" for name in self.processes)
        raise RuntimeError(f"{what}: not within {LIMIT:.0f} s\n{logs}")

    def _tail(self, name):
        return (self.folder / f"log/{name}.log").read_text(errors="replace")[-2000:]


def _free_ports(count):
    """Ports of the loopback interface that nobody listens on.

    Below those that the system gives to whoever asks for any.
    """
    free = []
    while len(free) < count:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as trial, contextlib.suppress(OSError):
            trial.bind(("127.0.0.1", port))
            free.append(port)
    return free


_SLURM_CONF = """\
ClusterName={cluster}
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={slurmctld}
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge/munge.socket,cred_expire=20
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmctldPidFile={folder}/run/slurmctld.pid
SlurmdPidFile={folder}/run/slurmd-%n.pid
SlurmdSpoolDir={folder}/spool/%n
StateSaveLocation={folder}/state
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
PropagateResourceLimits=NONE
MpiDefault=none
ReturnToService=2
SwitchType=switch/none
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=5,bf_interval=5
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
KillWait=30
MinJobAge=3600
SlurmdTimeout=300
SlurmctldTimeout=120
MessageTimeout=30
JobRequeue=1
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort={slurmdbd}
AccountingStoragePass={folder}/munge/munge.socket
AccountingStorageTRES=gres/gpu
AccountingStoreFlags=job_comment
AccountingStorageEnforce=associations
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill,UsePss
GresTypes=gpu
SlurmdParameters=config_overrides
NodeName=DEFAULT CPUs=64 RealMemory=256000
NodeName=cpu1 NodeHostname={host} NodeAddr=127.0.0.1 Port={cpu1}
NodeName=gpu1 NodeHostname={host} NodeAddr=127.0.0.1 Port={gpu1} Gres=gpu:fake:2
PartitionName=cpu Nodes=cpu1 Default=YES MaxTime=3-0 State=UP
PartitionName=gpu Nodes=gpu1 MaxTime=3-0 State=UP
"""

_SLURMDBD_CONF = """\
AuthType=auth/munge
AuthInfo=socket={folder}/munge/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort={slurmdbd}
CommunicationParameters=NoInAddrAny
SlurmUser=root
PidFile={folder}/run/slurmdbd.pid
StorageType=accounting_storage/mysql
StorageHost=127.0.0.1
StoragePort={mariadb}
StorageUser=root
StorageLoc=slurm_acct_db
"""
