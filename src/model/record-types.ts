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
} as const;

export const PutFlag = { FULL: 1, MAY_GIVE_UP: 2 } as const;
export const SendFlag = { FEEDER: 1, FAILED: 2, PREVIEW: 4, NO_PREVIEW: 8, CRC: 16, LOCKED: 32 } as const;
export const ReceiveFlag = { GET: 1, FAILED: 2, CRC: 16, LOCKED: 32 } as const;
export const ChannelNewFlag = { DUPLEX: 1, INTERNAL: 2 } as const;
export const EndFlag = { READ: 1, WRITE: 2 } as const;
export const StartFlag = { METHOD: 3, DAEMON: 4 } as const;
export const SpawnedKind = { CHILD: 1, FORKSERVER: 2, RESOURCE_TRACKER: 3 } as const;
export const ExitFlag = { AT_ONCE: 1, FINISHING: 2 } as const;
export const CloseFlag = { CLOSE: 1, JOIN_THREAD: 2, CANCEL_JOIN_THREAD: 3 } as const;

/** A thread without a slot. */
export const NO_THREAD = 0xffffffff;
