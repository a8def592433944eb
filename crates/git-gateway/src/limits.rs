//! How much the door takes at a time, and how long it waits.

use std::time::Duration;

/// `git` programs that run at the same time.
pub const GIT_PROCESSES_MAX: usize = 8;
/// How long a fetch waits for one of them to end before it is told to come back later.
pub const PROCESS_WAIT: Duration = Duration::from_secs(20);
/// Pushes that are read and decided at the same time; each may need several times its pack's size.
pub const PUSHES_MAX: usize = 2;
/// Pushes that are received at the same time.
pub const UPLOADS_MAX: usize = 32;
/// How long a push waits for its turn before it is told to come back later.
pub const PUSH_WAIT: Duration = Duration::from_mins(1);
/// Bytes of the list of refs at the beginning of a push.
pub const COMMANDS_BYTES_MAX: usize = 128 * 1024;
/// Bytes of a push that is too large anyway and is read only so that it can be answered in words.
pub const DISCARDED_BYTES_MAX: u64 = 1024 * 1024 * 1024;
/// Bytes of a push that are kept in memory while it arrives; the rest goes to a file.
pub const SPOOL_MEMORY_BYTES: usize = 256 * 1024;
/// Bytes of what a client says it wants and has.
pub const WANTS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// How long a client may send nothing in the middle of its request.
pub const BODY_STALL: Duration = Duration::from_mins(1);
/// How long a client may take nothing of its answer, and `git` may say nothing.
pub const ANSWER_STALL: Duration = Duration::from_mins(2);
/// How long one fetch may take altogether.
pub const FETCH_TIMEOUT: Duration = Duration::from_hours(1);
/// How long a mirror may take to catch up.
pub const SYNC_TIMEOUT: Duration = Duration::from_mins(15);
/// How long the upkeep of a mirror may take.
pub const MAINTENANCE_TIMEOUT: Duration = Duration::from_mins(30);
/// Objects that are written one by one when a mirror catches up; more come as a pack.
pub const LOOSE_OBJECTS_PER_SYNC: u64 = 64;
/// Loose objects after which a mirror is packed.
pub const LOOSE_OBJECTS_MAX: u64 = 2_000;
/// Packs after which a mirror is packed.
pub const PACKS_MAX: u64 = 20;
/// Bytes of what `git` says about an error that are kept.
pub const COMPLAINT_BYTES_MAX: u64 = 8 * 1024;
/// Remotes that are talked to at the same time.
pub const REMOTES_AT_ONCE_MAX: usize = 4;
/// How long one `git` may talk to a remote.
pub const REMOTE_TIMEOUT: Duration = Duration::from_mins(10);
/// Bytes that are kept of one remote; one that sends more is ended.
pub const REMOTE_DISK_BYTES_MAX: u64 = 2 * 1024 * 1024 * 1024;
/// Branches and tags that go out together.
pub const REMOTE_REFS_PER_PUSH: usize = 50;
