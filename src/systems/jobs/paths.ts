/**
 * Where this program keeps what it must not forget, on the host itself. `run` goes with a reboot (/run/stackhand),
 * `state` survives it (/var/lib/stackhand).
 */
export interface HostPaths {
  readonly run: string;
  readonly state: string;
}
