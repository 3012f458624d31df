# shellcheck shell=bash disable=SC2119,SC2120 # need_rust without components is fine
# What the scripts share: saying things, installing what is missing, a Postgres for tests.
# Sourced from the project's folder; every function says what it needs.

OLDEST_POSTGRES=15
OLDEST_NODE=18

say() { printf '\n==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }

# fail MESSAGE [WHAT TO DO...]: one line each, then the end.
fail() {
    printf '\nerror: %s\n' "$1" >&2
    shift
    local line
    for line in "$@"; do printf '       %s\n' "$line" >&2; done
    exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# --- Rust -------------------------------------------------------------------------------------

# need_rust [COMPONENT...]: cargo of the version that Cargo.toml asks for, with rustup's components.
need_rust() {
    has cargo || PATH="$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin"
    if ! has cargo || ! has rustc; then
        fail "Rust is not installed." "Install it as https://rustup.rs says, then run this again."
    fi
    local needed found
    needed=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
    found=$(rustc --version | cut -d' ' -f2)
    if [ "$(printf '%s\n' "$needed" "$found" | sort -V | head -n 1)" != "$needed" ]; then
        fail "Rust $needed or newer is needed, and this is $found." "Run: rustup update stable"
    fi
    local component
    for component in "$@"; do
        cargo "$component" --version >/dev/null 2>&1 && continue
        has rustup || fail "cargo $component is missing." "Install the $component that belongs to your Rust."
        say "Adding $component to Rust, which the checks use"
        rustup component add "${component/fmt/rustfmt}" || fail "Could not add $component." \
            "Run: rustup component add ${component/fmt/rustfmt}"
    done
}

# Where cargo puts what it builds.
target_folder() {
    cargo metadata --format-version 1 --no-deps --locked |
        sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# cargo_linting COMMAND...: cargo with clippy as the compiler of our own packages, the way cargo-clippy
# itself asks for it. It lints and compiles at once, and cargo repeats the warnings of what it keeps.
cargo_linting() { RUSTC_WORKSPACE_WRAPPER=clippy-driver cargo "$@"; }

# Compiles everything with its tests: lints, queries, tests and the browser's programs share it.
build_all() { cargo_linting test --locked --workspace --no-run; }

# need_space FOLDER MEGABYTES WHY: stops before a full disk makes something else stop.
need_space() {
    local free
    free=$(df -Pm "$1" | awk 'NR == 2 { print $4 }')
    [ "$free" -ge "$2" ] || fail "The disk of $1 has $free MB left; $3 needs about $2 MB." \
        "Free some space, or let CARGO_TARGET_DIR name a folder on another disk; then run this again."
}

# --- Debian packages --------------------------------------------------------------------------

wanted_packages=()

# want CHECK "PACKAGE..." WHY: remembers the packages if the check (a command) fails.
want() {
    # shellcheck disable=SC2086 # both are lists
    $1 >/dev/null 2>&1 && return 0
    note "missing: $2 ($3)"
    # shellcheck disable=SC2206
    wanted_packages+=($2)
}

# Installs what was wanted and is missing. Asks for nothing; says what to do where it may not.
install_wanted() {
    [ ${#wanted_packages[@]} -eq 0 ] && return 0
    local install="apt-get install --yes --no-install-recommends ${wanted_packages[*]}"
    has apt-get || fail "Some programs are missing (see above), and this is no Debian." \
        "Install them the way your system does it, then run this again."
    local as=()
    if [ "$(id -u)" -ne 0 ]; then
        if ! has sudo || ! sudo -n true 2>/dev/null; then
            fail "Some programs are missing (see above), and only root can install them." \
                "Run as root:  apt-get update && $install" "Then run this again."
        fi
        as=(sudo -n)
    fi
    say "Installing ${wanted_packages[*]}"
    export DEBIAN_FRONTEND=noninteractive
    local options=(-qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
    # shellcheck disable=SC2086
    if ! { "${as[@]}" apt-get "${options[@]}" update &&
        "${as[@]}" env DEBIAN_FRONTEND=noninteractive ${install/apt-get/apt-get ${options[*]}} </dev/null; } >&2; then
        fail "The packages could not be installed (apt-get's own message is above)." \
            "Run as root:  apt-get update && $install" "Then run this again."
    fi
    wanted_packages=()
}

want_build_tools() {
    want "has cc" "gcc libc6-dev" "a C compiler, for the cryptography library"
    want "test -e /etc/ssl/certs/ca-certificates.crt" ca-certificates "to fetch libraries and to check certificates"
}

want_postgres() {
    want postgres_folder postgresql "the database; the server that Debian sets up with it is not used"
}

want_pooler() {
    want pooler_program pgbouncer "a pooler before the database; the one that Debian sets up with it is not used"
}

pooler_program() { PATH="$PATH:/usr/sbin" command -v pgbouncer; }

want_browser_tools() {
    if has node && ! node_is_new_enough; then
        fail "Node.js $OLDEST_NODE or newer is needed, and this is $(node --version)." \
            "Update it where it came from, then run this again."
    fi
    want "has node" nodejs "runs the browser tests"
    want "has npm" npm "fetches what the browser tests use"
    want chromium_program chromium "the browser of the browser tests"
}

# The linters are Python packages; nothing is needed where all of them are installed.
want_linter_tools() {
    if has shellcheck && has hadolint && has yamllint; then return; fi
    want can_fetch_linters "python3 python3-venv" "fetches the linters of scripts and containers"
}

can_fetch_linters() { python3 -c 'import ensurepip, venv'; }

node_is_new_enough() { node -e "process.exit(parseInt(process.versions.node) >= $OLDEST_NODE ? 0 : 1)"; }

chromium_program() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

# --- Postgres for tests -----------------------------------------------------------------------

# The programs of the newest server that is new enough.
postgres_folder() {
    local folder
    folder=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
    [ -d "$folder" ] || folder=$(pg_config --bindir 2>/dev/null) || folder=$(dirname "$(command -v postgres)") || return 1
    [ -x "$folder/initdb" ] || return 1
    local major
    major=$("$folder/postgres" --version | sed 's/.*PostgreSQL) \([0-9]*\).*/\1/')
    [ "$major" -ge "$OLDEST_POSTGRES" ] && echo "$folder"
}

postgres_home=
postgres_pid=
postgres_programs=

# A folder in memory where a few GB are free there, otherwise one on disk.
memory_folder() {
    local free
    free=$(df -Pm /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
    if [ -w /dev/shm ] && [ "${free:-0}" -ge 4000 ]; then echo /dev/shm; else echo "${TMPDIR:-/tmp}"; fi
}

# start_postgres [FOLDER [SETTING...]]: starts an empty Postgres in FOLDER, with these settings, that
# forgets everything afterwards, and exports DATABASE_URL. It ends with this script, however that ends.
# (The demo's own way is crates/demo/src/private_postgres.rs; this one is needed before anything is compiled.)
start_postgres() {
    local programs user='' setting as=(setpriv) settings=()
    programs=$(postgres_folder) || fail "No PostgreSQL server of version $OLDEST_POSTGRES or newer was found."
    postgres_home=$(mktemp -d "${1:-${TMPDIR:-/tmp}}/concierge-postgres.XXXXXX")
    for setting in "${@:2}"; do settings+=(-c "$setting"); done
    trap stop_postgres EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    if [ "$(id -u)" -eq 0 ]; then # Postgres refuses to run as root
        user=$(id -un postgres 2>/dev/null || id -un nobody)
        chown "$user" "$postgres_home"
        as+=("--reuid=$user" "--regid=$(id -g "$user")" --clear-groups)
    fi
    (
        cd "$postgres_home" || exit
        "${as[@]}" "$programs/initdb" --pgdata=data --username=concierge --encoding=UTF8 --locale=C.UTF-8 \
            --auth-local=trust --auth-host=reject --no-sync >initdb.log 2>&1
    ) || fail "A Postgres for the tests could not be made:" "$(tail -n 5 "$postgres_home/initdb.log")"
    (
        cd "$postgres_home" || exit
        exec "${as[@]}" --pdeathsig INT "$programs/postgres" -D data -c listen_addresses= -c port=5432 \
            -c "unix_socket_directories=$postgres_home" -c max_connections=300 \
            -c fsync=off -c synchronous_commit=off -c full_page_writes=off "${settings[@]}"
    ) >"$postgres_home/postgres.log" 2>&1 &
    postgres_pid=$!
    until "$programs/pg_isready" --quiet --host="$postgres_home" --port=5432; do
        kill -0 "$postgres_pid" 2>/dev/null ||
            fail "The Postgres for the tests did not start:" "$(tail -n 5 "$postgres_home/postgres.log")"
        sleep 0.1
    done
    # shellcheck disable=SC2034 # for the scripts that call psql
    postgres_programs=$programs
    export DATABASE_URL="postgres://concierge@localhost:5432/postgres?host=$postgres_home"
}

# shellcheck disable=SC2329 # called by a trap
stop_postgres() {
    [ -z "$postgres_pid" ] || { kill -INT "$postgres_pid" && wait "$postgres_pid"; } 2>/dev/null || true
    [ -z "$postgres_home" ] || rm -rf "$postgres_home"
    postgres_pid='' postgres_home=''
}
