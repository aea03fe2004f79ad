import type { ComputeJob } from '../microversions.ts';
import type { Answered, Call, Session } from '../session.ts';

/**
 * What Nova is asked to do with a server. It answers 202 at once and works on; that proves nothing. There is no key
 * that would make a second request harmless: who asks again looks first (os-instance-actions).
 *
 * Every one throws a Fault: CloudConflict where the state forbids it (409, nothing happened), CloudResourceNotFound,
 * CloudForbidden, CloudRequestInvalid; CloudFailed and CloudUnreachable with `arrived`.
 */
export interface Asked {
  /** To find it by in Nova's log, and among the server's instance actions. */
  readonly requestId?: string;
}

/** What a call may be given beside what it is about. */
type Asking = Pick<Call, 'signal' | 'beforeSending'>;

/** os-stop: Nova asks the guest to power off, and cuts the power after `shutdown_timeout` (60 s by default) itself. */
export const stopServer = (session: Session, id: string, asking: Asking = {}): Promise<Asked> =>
  act(session, id, 'stop', { 'os-stop': null }, 'action', asking);

export const startServer = (session: Session, id: string, asking: Asking = {}): Promise<Asked> =>
  act(session, id, 'start', { 'os-start': null }, 'action', asking);

/** Gone for good, or kept as SOFT_DELETED where the cloud sets `reclaim_instance_interval`. */
export async function deleteServer(session: Session, id: string, asking: Asking = {}): Promise<Asked> {
  return asked(
    await session.call({
      service: 'compute',
      method: 'DELETE',
      path: `/servers/${encodeURIComponent(id)}`,
      job: 'action',
      what: `delete server ${id}`,
      ...asking,
    }),
  );
}

/** `auto` lets Nova find out whether the disks have to be copied. */
export type BlockMigration = 'auto' | 'yes' | 'no';

/** os-migrateLive without `force`, which would bypass the scheduler's checks of the target. */
export const liveMigrateServer = (
  session: Session,
  id: string,
  { host, block }: { readonly host?: string | undefined; readonly block: BlockMigration },
  asking: Asking = {},
): Promise<Asked> =>
  act(
    session,
    id,
    'live-migrate',
    { 'os-migrateLive': { host: host ?? null, block_migration: block === 'auto' ? 'auto' : block === 'yes' } },
    'liveMigrate',
    asking,
  );

/** Cold migration; it ends in VERIFY_RESIZE and waits for confirmResize. */
export const migrateServer = (session: Session, id: string, host?: string, asking: Asking = {}): Promise<Asked> =>
  act(
    session,
    id,
    'migrate',
    { migrate: host === undefined ? null : { host } },
    host === undefined ? 'action' : 'coldMigrateTo',
    asking,
  );

/** Nova answers 204 before it has removed the old half: the server is confirmed once its status is no VERIFY_RESIZE. */
export const confirmMigration = (session: Session, id: string, asking: Asking = {}): Promise<Asked> =>
  act(session, id, 'confirm the migration of', { confirmResize: null }, 'action', asking);

async function act(
  session: Session,
  id: string,
  verb: string,
  body: unknown,
  job: ComputeJob,
  asking: Asking,
): Promise<Asked> {
  return asked(
    await session.call({
      service: 'compute',
      method: 'POST',
      path: `/servers/${encodeURIComponent(id)}/action`,
      body,
      job,
      what: `${verb} server ${id}`,
      ...asking,
    }),
  );
}

export const asked = ({ requestId }: Answered): Asked => (requestId === undefined ? {} : { requestId });
