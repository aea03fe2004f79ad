import { z } from 'zod';
import type { CloudService } from '../../../contracts/cloud-service.ts';
import type { Session } from '../session.ts';

/** GET /os-services of Cinder. Administrators only: CloudForbidden otherwise. */
export async function listVolumeServices(session: Session, signal?: AbortSignal): Promise<CloudService[]> {
  const { services } = await session.read(
    { service: 'volume', method: 'GET', path: '/os-services', what: 'the volume services', signal },
    z.object({ services: z.array(service) }),
  );
  return services.map(({ binary, host, zone, status, state, disabled_reason: reason }) => ({
    name: binary,
    host,
    zone,
    enabled: status === 'enabled',
    ...(reason == null || reason === '' ? {} : { disabledReason: reason }),
    up: state === 'up',
  }));
}

const service = z.object({
  binary: z.string(),
  host: z.string(),
  zone: z.string().default(''),
  status: z.enum(['enabled', 'disabled']),
  state: z.enum(['up', 'down']),
  disabled_reason: z.string().nullish(),
});
