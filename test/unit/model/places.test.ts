import { expect, test } from 'vitest';
import { callOf } from '../../../src/model/places.js';

test("the kernel's names, of old and new versions", () => {
  const names: Readonly<Record<string, string>> = {
    hrtimer_nanosleep: 'sleep', do_nanosleep: 'sleep', futex_wait_queue_me: 'lock', futex_do_wait: 'lock', pipe_read: 'pipe-read', anon_pipe_read: 'pipe-read', anon_pipe_write: 'pipe-write',
    unix_stream_read_generic: 'socket', inet_csk_accept: 'accept', do_sys_poll: 'poll', 'poll_schedule_timeout.constprop.0': 'poll', ep_poll: 'poll', do_wait: 'child', n_tty_read: 'terminal',
    do_sigtimedwait: 'signal', folio_wait_bit_common: 'file', something_new: 'other',
  };
  for (const [place, call] of Object.entries(names)) expect([place, callOf(place)]).toEqual([place, call]);
});
