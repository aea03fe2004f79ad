import { Fault } from '../../contracts/faults.ts';
import type { Host } from '../../systems/host/host.ts';

/** The host's boot and its seconds since then: unlike its wall clock they never jump. */
export async function hostClock(host: Host): Promise<{ bootId: string; uptime: number }> {
  const { stdout } = await host.run(['cat', '/proc/sys/kernel/random/boot_id', '/proc/uptime'], { deadline: 20 });
  const [bootId, uptime] = stdout.split('\n');
  const seconds = Number(uptime?.split(' ')[0]);
  if (bootId === undefined || !/^[0-9a-f-]{36}$/.test(bootId) || !Number.isFinite(seconds)) {
    throw new Fault('CommandFailed', 'the boot id and uptime could not be read from /proc', { where: host.name });
  }
  return { bootId, uptime: seconds };
}
