#!/bin/bash
# Runs Snakemake's main process as a small job, for sites that forbid long processes on the login
# node, and for connections that drop. From the folder of the repository, with the arguments that
# snakemake would get:
#
#   profiles/slurm/submit.sh [arguments]          account and partition from the profile
#   sbatch [options] profiles/slurm/submit.sh [arguments]
#
# The profile is that of --profile, else profiles/site (make slurm-profile) if there is one, else
# profiles/slurm. Options of sbatch that successors need, too: GALBAR_SUBMIT_OPTIONS.
#
# The job submits its successor when it begins. Before its time limit Snakemake stops, its jobs run
# on, and the successor takes over; it goes when Snakemake is done, has failed for good, or was
# cancelled. Log: results/logs/submit/{id}.log. Guide: docs/cluster.md.
#
#SBATCH --job-name=galbar-main
#SBATCH --cpus-per-task=2
#SBATCH --mem=8G
#SBATCH --time=1-00:00:00
#SBATCH --requeue
#SBATCH --open-mode=append
#SBATCH --output=/dev/null
# Not SIGTERM, by which scancel is known. Only to this script: to Snakemake it is passed on.
#SBATCH --signal=B:USR1@300
set -u

# From the signal on, local rules and jobs that end may be recorded for so long [s].
patience=${GALBAR_SUBMIT_PATIENCE:-180}
# Turns in a row that something other than a limit ended, before this is given up.
most_killed=5
# A command of SLURM's that fails is given so often, so far apart [s]: schedulers have their moments.
most_tries=20
pause=${GALBAR_SUBMIT_PAUSE:-15}
logs=results/logs/submit
state=.snakemake/submit
read -ra options <<< "${GALBAR_SUBMIT_OPTIONS:-}"
# SLURM runs a copy of this file by this name. Within another job, of salloc say, it is not the job.
in_job=''
[ "${0##*/}" = slurm_script ] && [ -n "${SLURM_JOB_ID:-}" ] && in_job=yes
# What a user's shell sets for these commands is not for the answers that are read here.
for name in ${!SQUEUE_*} ${!SCANCEL_*}; do unset "$name"; done

fail() {
  echo "submit.sh: $*" >&2
  exit 2
}

say() { echo "submit.sh, job ${SLURM_JOB_ID:-}, $(date '+%F %T'): $*"; }

# What is refused below is told somewhere, too.
if [ -n "$in_job" ]; then
  log=$logs/$SLURM_JOB_ID.log
  if [ ! -f profiles/slurm/submit.sh ] || ! mkdir -p "$logs" .snakemake; then
    log=$HOME/galbar-main-$SLURM_JOB_ID.log
  fi
  exec >> "$log" 2>&1
fi

[ -f profiles/slurm/submit.sh ] ||
  fail "$PWD: found no profiles/slurm/submit.sh, expected the folder of the repository: cd there"

profile=profiles/slurm
[ -f profiles/site/config.yaml ] && profile=profiles/site
arguments=()
while [ $# -gt 0 ]; do
  case $1 in
    --profile=*) profile=${1#*=} ;;
    --profile)
      [ $# -gt 1 ] || fail "found --profile alone, expected a folder after it"
      profile=$2
      shift ;;
    -d* | --dir*)
      fail "found $1, expected no folder but this one: its lock and its logs are looked for here" ;;
    -f | -F | -R* | --force | --forcea* | --forcer*)
      fail "found $1, which each job after this one would do again: delete the files that are to be" \
        "made anew instead" ;;
    *) arguments+=("$1") ;;
  esac
  shift
done
set -- "--profile=$profile" ${arguments[@]+"${arguments[@]}"}
[ -f "$profile/config.yaml" ] ||
  fail "$PWD: found no $profile/config.yaml, expected a profile: make slurm-profile, or docs/cluster.md"

snakemake=.venv/bin/snakemake
[ -x "$snakemake" ] || snakemake=$(command -v snakemake) ||
  fail "found no snakemake in .venv or on PATH, expected one of them: make setup"

# The value of a key of the profile's default-resources; nothing for none.
default_resource() {
  sed -n '/^default-resources:/,/^[^ #]/s/^  *'"$1"': *\([^ #]*\).*/\1/p' "$profile/config.yaml" |
    tr -d "\"'" | grep -vx none
}

if [ -z "$in_job" ]; then
  for name in ${!SLURM_*}; do
    [ "$name" = SLURM_CONF ] || unset "$name"
  done
  account=$(default_resource slurm_account)
  partition=$(default_resource slurm_partition)
  case "$account $partition" in
    *SET_ME*) fail "$profile/config.yaml: found SET_ME, expected your account and partition" ;;
  esac
  # Less than the day of above where the partition allows no more: it would wait for ever.
  limit=$(sinfo --noheader ${partition:+"--partition=$partition"} --format %l 2> /dev/null | sort -u)
  case $limit in '' | *infinite* | *-* | *$'\n'*) limit='' ;; esac
  exec sbatch ${account:+"--account=$account"} ${partition:+"--partition=$partition"} \
    ${limit:+"--time=$limit"} ${options[@]+"${options[@]}"} profiles/slurm/submit.sh "$@"
fi

# A command until it succeeds: its output.
try() {
  local output number
  for ((number = 1; number <= most_tries; number++)); do
    output=$("$@") && { echo "$output"; return; }
    sleep "$pause"
  done
  return 1
}

# In the queue in any state but an ended one; also where neither squeue nor sacct answers.
is_active() {
  local states number
  for ((number = 1; number <= most_tries; number++)); do
    states=$(squeue --noheader --jobs "$1" --format %T 2>&1) && { [ -n "$states" ]; return; }
    [[ $states == *"Invalid job id"* ]] && return 1
    sleep "$pause"
  done
  states=$(sacct -X --noheader --parsable2 --jobs "$1" --format State 2> /dev/null)
  case $states in '' | PENDING* | RUNNING* | REQUEUED* | SUSPENDED*) return 0 ;; *) return 1 ;; esac
}

# Whether this job's time is over. Not by its end, which is now for a job that is being cancelled.
# shellcheck disable=SC2329  # by on_cancel
is_out_of_time() {
  local left
  left=$(squeue --noheader --states all --jobs "$SLURM_JOB_ID" --format %L 2> /dev/null)
  [[ $left == 0:0* ]]
}

# How a job ended, as far as squeue or sacct remember.
end_of() {
  local ended
  ended=$(squeue --noheader --states all --jobs "$1" --format %T 2> /dev/null)
  [ -n "$ended" ] || ended=$(sacct -X --noheader --parsable2 --jobs "$1" --format State 2> /dev/null)
  echo "${ended%% *}"
}

# Jobs of the Snakemake of a turn have its number in their names.
cancel_jobs_of() {
  local jobs
  jobs=$(squeue --noheader --me --format '%A %j' | awk -v begin="main-$1_" \
    'index($2, begin) == 1 { print $1 }' | sort -u)
  # shellcheck disable=SC2086  # a list of numbers
  [ -z "$jobs" ] || { say "cancelling $(wc -w <<< "$jobs") jobs of turn $1"; scancel $jobs; }
}

# ---- The turn before ---------------------------------------------------------------------------
# main, successor, killed: the job that runs here, the one after it, turns in a row that were killed.
main='' successor='' killed=0
write_state() { printf '%s\n' "$@" > "$state.$SLURM_JOB_ID" && mv "$state.$SLURM_JOB_ID" "$state"; }

# Only one of two that begin at the same time makes the folder.
until mkdir "$state.lock" 2> /dev/null; do
  [ -n "$(find "$state.lock" -mmin +5 2> /dev/null)" ] && rmdir "$state.lock" 2> /dev/null
  sleep 1
done
[ -f "$state" ] && { read -r main; read -r successor; read -r killed; } < "$state"
refuse() {
  rmdir "$state.lock"
  say "$*"
  exit 3
}
if [ -n "$main" ] && [ "$main" != "$SLURM_JOB_ID" ] && is_active "$main"; then
  refuse "found job $main at work in $PWD, expected none: two would disturb each other. Not started"
fi
locked=$(ls .snakemake/locks 2> /dev/null)
# A Snakemake that was started by hand after the last turn has locks that are newer than its log.
foreign=$locked
if [ -n "$main" ]; then
  foreign=''
  if [ "$main" != "$SLURM_JOB_ID" ] && [ -f "$logs/$main.log" ]; then
    foreign=$(find .snakemake/locks -type f -newer "$logs/$main.log" 2> /dev/null)
  fi
fi
if [ -n "$foreign" ]; then
  refuse "found a lock in $PWD/.snakemake/locks that is not of submit.sh, expected none: if no" \
    "snakemake runs here: $snakemake --unlock. Not started"
fi
if [ -n "$main" ]; then
  ended=$(end_of "$main")
  case $main,$ended in
    "$SLURM_JOB_ID",*)
      killed=$((killed + 1))
      say "started again after its node was lost, or by scontrol requeue" ;;
    *,CANCELLED*)
      # By scancel with SIGKILL, say. Who submits anew wants it to go on.
      if [ "$successor" = "$SLURM_JOB_ID" ]; then
        cancel_jobs_of "$main"
        "$snakemake" "$@" --unlock
        rm -f "$state"
        refuse "job $main was cancelled by its user: not going on"
      fi
      killed=0 ;;
    *,TIMEOUT*) killed=0; say "job $main was out of time" ;;
    *) killed=$((killed + 1)); say "job $main ended: ${ended:-not known how}" ;;
  esac
fi
if [ "$killed" -ge "$most_killed" ]; then
  write_state "$main" "$successor" 0
  refuse "$killed turns in a row were killed: see $logs and what SLURM says of them. Not started"
fi

# ---- The turn after ----------------------------------------------------------------------------
if [ "$main" != "$SLURM_JOB_ID" ] || ! is_active "${successor:-0}"; then
  successor=$(
    # Time, memory, CPUs, account, partition and QOS of this job; what else sbatch was told it does
    # not tell a job: GALBAR_SUBMIT_OPTIONS.
    limit=$(try squeue --noheader --jobs "$SLURM_JOB_ID" --format %l)
    for name in ${!SBATCH_*}; do unset "$name"; done
    try sbatch --parsable --dependency="afterany:$SLURM_JOB_ID" ${limit:+"--time=$limit"} \
      ${SLURM_JOB_ACCOUNT:+"--account=$SLURM_JOB_ACCOUNT"} --partition="$SLURM_JOB_PARTITION" \
      ${SLURM_JOB_QOS:+"--qos=$SLURM_JOB_QOS"} ${SLURM_MEM_PER_NODE:+"--mem=$SLURM_MEM_PER_NODE"} \
      --cpus-per-task="${SLURM_CPUS_PER_TASK:-2}" --job-name="$SLURM_JOB_NAME" \
      ${options[@]+"${options[@]}"} profiles/slurm/submit.sh "$@"
  )
  successor=${successor%%;*}
fi
write_state "$SLURM_JOB_ID" "$successor" "$killed"
rmdir "$state.lock"
if [ -n "$successor" ]; then
  say "successor: $successor"
else
  say "sbatch failed: no job comes after this one. At its limit submit again: it goes on"
fi

# What the Snakemake before had under way goes on from there, in new jobs.
if [ -n "$main" ]; then
  cancel_jobs_of "$main"
  [ -z "$locked" ] || "$snakemake" "$@" --unlock
fi

# ---- Snakemake ---------------------------------------------------------------------------------
number=$SLURM_JOB_ID
out_of_time='' cancelled=''
# shellcheck disable=SC2329  # by the trap below
on_limit() {
  out_of_time=yes
  say "out of time: Snakemake submits nothing more; its jobs run on"
  kill -TERM "$pid" 2> /dev/null
  (sleep "$patience"; kill -KILL -- "-$pid") 2> /dev/null &
}
# shellcheck disable=SC2329  # by the trap below
on_cancel() {
  # SLURM sends SIGTERM at the limit, too: then the successor goes on.
  if is_out_of_time; then
    out_of_time=yes
  else
    cancelled=yes
  fi
  kill -KILL -- "-$pid" 2> /dev/null
}
trap on_limit USR1
trap on_cancel TERM

# A group of its own, which can be killed as a whole. Of this job's variables none may reach the
# jobs that Snakemake submits, but the place of SLURM's configuration. It dies with this script, as
# two of them would disturb each other.
guard=''
# Not in util-linux before 2.33.
setpriv --pdeathsig KILL -- true 2> /dev/null && guard='setpriv --pdeathsig KILL --'
set -m
(
  for name in ${!SLURM_*} ${!SBATCH_*} ${!SRUN_*}; do
    [ "$name" = SLURM_CONF ] || unset "$name"
  done
  # shellcheck disable=SC2086  # words
  exec $guard "$snakemake" --slurm-jobname-prefix "main-$number" "$@"
) < /dev/null &
pid=$!
set +m
stop_here() {
  [ -z "$successor" ] || scancel "$successor"
  cancel_jobs_of "$SLURM_JOB_ID"
  "$snakemake" "$@" --unlock
  rm -f "$state"
}
status=143
# wait ends with each signal that is trapped.
while kill -0 "$pid" 2> /dev/null; do
  wait "$pid"
  status=$?
done

if [ -n "$cancelled" ]; then
  say "cancelled by its user: its jobs are cancelled, too, and nothing comes after it"
  stop_here "$@"
  exit 143
fi
if [ -n "$out_of_time" ] && [ "$status" -ne 0 ]; then
  if [ -n "$successor" ] && ! is_active "$successor"; then
    say "job $successor was cancelled: so are the jobs of this one"
    stop_here "$@"
    exit 143
  fi
  say "job ${successor:-that you submit} goes on"
  write_state "$SLURM_JOB_ID" "$successor" -1
  # No success: this job has not done what it was for.
  exit 75
fi
case $status in
  137) # SIGKILL: memory, an administrator.
    say "Snakemake was killed: job ${successor:-that you submit} goes on"
    exit 137 ;;
esac
say "Snakemake ended with status $status: nothing comes after it"
[ -z "$successor" ] || scancel "$successor"
rm -f "$state"
exit "$status"
