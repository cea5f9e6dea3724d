/** The kernel's names of the places where a thread sleeps, in words: the symbols that /proc/PID/wchan gives (Linux 4.4 to 6.18). */
import type { SystemCall } from '../protocol/view.js';

/** The first that matches the beginning of a name. Newer kernels split and rename: what is shared comes first. */
const PLACES: readonly (readonly [RegExp, SystemCall])[] = [
  [/^(hrtimer_nanosleep|do_nanosleep|common_nsleep)/, 'sleep'],
  [/^futex_/, 'lock'],
  [/^(anon_)?pipe_(read|wait_readable)/, 'pipe-read'],
  [/^(anon_)?pipe_(write|wait_writable)/, 'pipe-write'],
  [/^(inet_csk_accept|inet_csk_wait_for_connect|unix_accept|inet_accept)/, 'accept'],
  [/^(unix_stream_|unix_dgram_|unix_wait_for_peer|tcp_|udp_|sk_wait_data|sk_stream_wait|sock_|__skb_wait|skb_wait|inet_)/, 'socket'],
  [/^(poll_schedule_timeout|do_sys_poll|do_poll|do_select|ep_poll|do_epoll_wait)/, 'poll'],
  [/^(do_wait|kernel_wait|wait_consider_task)/, 'child'],
  [/^(n_tty_|tty_)/, 'terminal'],
  [/^(do_sigtimedwait|sigsuspend|__do_sys_pause|__x64_sys_pause|__arm64_sys_pause|sys_pause)/, 'signal'],
  [/^(folio_wait|wait_on_page|io_schedule|locks_lock|posix_lock|flock_lock|fcntl_setlk)/, 'file'],
];

export function callOf(place: string): SystemCall {
  return PLACES.find(([name]) => name.test(place))?.[1] ?? 'other';
}
