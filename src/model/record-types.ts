/** Record type numbers and flags of docs/journal-format.md, under the names it gives them. */
export const RecordType = {
  BOOT: 1,
  START: 3,
  START_FAILED: 4,
  BOOTSTRAP: 5,
  BOOTSTRAP_END: 6,
  EXCEPTION: 7,
  EXIT: 8,
  REAPED: 9,
  JOIN: 10,
  SIGNAL: 11,
  FORK: 12,
  EXEC: 13,
  SPAWNED: 14,
  SUBPROCESS: 15,
  THREAD: 17,
  NOTE: 18,
  CHANNEL_NEW: 32,
  CHANNEL_HELD: 33,
  CHANNEL_CLOSED: 34,
  PUT: 40,
  SEND: 41,
  RECV: 42,
  GET_EMPTY: 43,
  FEEDER_ERROR: 44,
  POLL: 45,
  TASK_DONE: 46,
  QUEUE_JOIN: 47,
  QUEUE_CLOSE: 48,
  COUNTING: 49,
  STRING: 60,
  PREVIEW: 61,
  LOCK_NEW: 64,
  LOCK_HELD: 65,
  LOCK_WAIT: 66,
  LOCK_FREED: 67,
  SYNC_WAIT: 68,
  SYNC_TELL: 69,
  POOL_NEW: 72,
  TASK_SUBMIT: 73,
  TASK_BEGIN: 74,
  TASK_END: 75,
  TASK_RESULT: 76,
  TASK_WAIT: 77,
  POOL_STATE: 78,
  POOL_WORKER: 79,
  SERVER_NEW: 84,
  SHARED_NEW: 85,
  PROXY_CALL: 86,
  PROXY_NEW: 87,
  LISTENER_NEW: 88,
  ACCEPT: 89,
  CONNECT: 90,
  LISTENER_CLOSED: 91,
  SEGMENT_NEW: 96,
  SEGMENT_CLOSED: 97,
  SEGMENT_UNLINKED: 98,
  VALUE_NEW: 99,
  TRACKED: 100,
} as const;

export const PutFlag = { FULL: 1, MAY_GIVE_UP: 2 } as const;
export const SendFlag = { FEEDER: 1, FAILED: 2, PREVIEW: 4, NO_PREVIEW: 8, CRC: 16, LOCKED: 32 } as const;
export const ReceiveFlag = { GET: 1, FAILED: 2, CRC: 16, LOCKED: 32 } as const;
export const ChannelNewFlag = { DUPLEX: 1, INTERNAL: 2 } as const;
export const EndFlag = { READ: 1, WRITE: 2 } as const;
export const StartFlag = { METHOD: 3, DAEMON: 4 } as const;
/** In START's flags: other threads of the forking process, from this bit on. */
export const START_THREADS = 8;
export const SpawnedKind = { CHILD: 1, FORKSERVER: 2, RESOURCE_TRACKER: 3 } as const;
export const SubprocessFlag = { GIVEN_DESCRIPTORS: 1 } as const;
export const ExitFlag = { AT_ONCE: 1, FINISHING: 2 } as const;
/** REAPED: by multiprocessing as the process ended, and by nobody before. */
export const ReapedFlag = { AT_EXIT: 8 } as const;
export const CloseFlag = { CLOSE: 1, JOIN_THREAD: 2, CANCEL_JOIN_THREAD: 3 } as const;
export const LockNewFlag = { INTERNAL: 2 } as const;
/** LOCK_WAIT, SYNC_WAIT, TASK_WAIT. */
export const WaitFlag = { GAVE_UP: 1, BROKEN: 2, AT_ONCE: 8 } as const;
export const SyncTell = { NOTIFY: 1, SET: 2, CLEAR: 3, ABORT: 4, RESET: 5 } as const;
export const TaskEndFlag = { RAISED: 1, NOT_SENT: 2 } as const;
export const TaskResultFlag = { ERROR: 1, CANCELLED: 2 } as const;
export const PoolState = { CLOSE: 1, TERMINATE: 2, JOIN: 3, SHUTDOWN: 4, BROKEN: 5, RESULTS_DIED: 6 } as const;
/** In place of the job whose callback raised: what the thread that takes the results did instead. */
export const DiedIn = { READING: -1, ELSEWHERE: -2 } as const;
export const PoolWorkerFlag = { INITIALIZER_RAISED: 1 } as const;
export const CallFlag = { RAISED: 1 } as const;
export const ConnectFlag = { FAILED: 1, INTERNAL: 2 } as const;
export const Tracking = { REGISTER: 1, UNREGISTER: 2 } as const;
export const SegmentFlag = { CREATED: 1, UNTRACKED: 4 } as const;

/** A thread without a slot. */
export const NO_THREAD = 0xffffffff;
