import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { emptyConfig, resolveCloud } from '../../../src/config/index.ts';
import type { CloudAccess } from '../../../src/contracts/cloud-access.ts';
import { isFault } from '../../../src/contracts/faults.ts';
import type { Fault } from '../../../src/contracts/faults.ts';
import type { ImageSpec } from '../../../src/contracts/image.ts';
import type { Server } from '../../../src/contracts/server.ts';
import {
  Session,
  allowFlavor,
  confirmMigration,
  consumersOf,
  createFlavor,
  createImage,
  deleteFlavor,
  deleteImage,
  deleteServer,
  describeFlavor,
  findFlavor,
  findImage,
  findServer,
  flavorProjects,
  hasAllocation,
  hasRoomForServers,
  importMethods,
  instanceActionFailure,
  isFlavorInUse,
  listComputeHosts,
  listFlavors,
  listImages,
  listInstanceActions,
  listMigrations,
  listProjects,
  listResourceProviders,
  listRoom,
  listServerGroups,
  listServers,
  liveMigrateServer,
  migrateServer,
  portsOf,
  refuseFlavor,
  setFlavorProperties,
  setScheduling,
  startServer,
  stopServer,
  unsetFlavorProperty,
  updateImage,
  uploadImage,
} from '../../../src/systems/openstack/index.ts';
import { until } from '../../support/poll.ts';

export interface SuiteCloud {
  /** clouds.yaml, and the names in it of an administrator and of a member of one project. */
  readonly clouds: string;
  readonly admin: string;
  readonly member: string;
  readonly adminrc: string;
  /** Ids of new servers that are ACTIVE, on hosts of their own choice. */
  addServers(count: number): Promise<readonly string[]>;
}

/** What every cloud does, real or not. `cap` is the highest compute microversion to use. */
export function describeClient(name: string, open: () => Promise<SuiteCloud>, cap?: string): void {
  describe(`the OpenStack client against ${name}`, () => {
    let cloud: SuiteCloud;
    let admin: Session;
    let member: Session;
    let ids: readonly string[];

    const access = (which: string): CloudAccess => ({
      ...resolveCloud(emptyConfig(), which, {
        env: { OS_CLIENT_CONFIG_FILE: cloud.clouds },
        home: '/nowhere',
        cwd: '/',
      }),
      ...(cap === undefined ? {} : { microversionCaps: { compute: cap } }),
    });
    const server = async (id: string): Promise<Server> => {
      const found = await findServer(admin, id);
      if (found === undefined) throw new Error(`${id} is gone`);
      return found;
    };
    const settled = (id: string, status: string): Promise<void> =>
      until(
        `${id} is ${status}`,
        async () => {
          const { status: is, taskState } = await server(id);
          return is === status && taskState === null;
        },
        60,
      );
    const [first, second, third] = [0, 1, 2].map((at) => () => ids[at] ?? '') as [
      () => string,
      () => string,
      () => string,
    ];

    beforeAll(async () => {
      cloud = await open();
      [admin, member] = [new Session(access(cloud.admin)), new Session(access(cloud.member))];
      ids = await cloud.addServers(3);
    });
    afterAll(async () => {
      await Promise.all([admin, member].map((session) => session?.close()));
    });

    test('logs in with a password, and with an adminrc file; knows whose login it is', async () => {
      expect(await admin.token()).toMatchObject({ userName: 'admin', roles: expect.arrayContaining(['admin']) });
      const rc = new Session(access(cloud.adminrc));
      expect((await rc.token()).userId).toBe((await admin.token()).userId);
      await rc.close();
    });

    test('a wrong password is refused for good, in words that name the address and no secret', async () => {
      const right = access(cloud.admin);
      if (right.credentials.kind !== 'password') throw new Error('a password is expected');
      const session = new Session({ ...right, credentials: { ...right.credentials, password: 'not-the-password' } });
      const fault = await failure(session.token());
      expect(fault).toMatchObject({ type: 'CloudLoginRefused', permanent: true });
      expect(fault.message).toContain(right.authUrl);
      expect(JSON.stringify([fault.message, fault.details])).not.toContain('not-the-password');
      await session.close();
    });

    test('lists servers with all that operations decide by', async () => {
      const all = await listServers(admin, { allProjects: true });
      expect(all.map(({ id }) => id)).toEqual(expect.arrayContaining([...ids]));
      const one = all.find(({ id }) => id === first());
      expect(one).toMatchObject({ status: 'ACTIVE', taskState: null, locked: false, tags: [], hostStatus: 'UP' });
      expect(one?.host).toMatch(/^\w/);
      expect(one?.flavor).toMatchObject({ vcpus: expect.any(Number), ram: expect.any(Number), extraSpecs: {} });
      expect(await server(first())).toEqual(one);
    });

    test('a host has its own servers; a member, whose filter Nova ignores, is refused', async () => {
      const { host } = await server(first());
      const there = await listServers(admin, { allProjects: true, host: host ?? '' });
      expect(there.map(({ id }) => id)).toContain(first());
      expect(new Set(there.map((found) => found.host))).toEqual(new Set([host]));
      expect(await failure(listServers(member, { allProjects: false, host: host ?? '' }))).toMatchObject({
        type: 'HostFilterIgnored',
      });
      expect(await failure(listServers(member, { allProjects: true }))).toMatchObject({ type: 'CloudForbidden' });
    });

    test('a server that is not there is undefined; one asked to act, a fault', async () => {
      const nobody = '00000000-0000-4000-8000-000000000000';
      expect(await findServer(admin, nobody)).toBeUndefined();
      expect(await failure(stopServer(admin, nobody))).toMatchObject({ type: 'CloudResourceNotFound' });
    });

    test('stops and starts; Nova remembers who asked, under the request id that it answered with', async () => {
      const { requestId } = await stopServer(admin, first());
      await settled(first(), 'SHUTOFF');
      const [action] = await listInstanceActions(admin, first());
      expect(action).toMatchObject({ action: 'stop', requestId, userId: (await admin.token()).userId });
      expect(await instanceActionFailure(admin, first(), requestId ?? '')).toBeUndefined();
      expect(await instanceActionFailure(admin, first(), 'req-of-nobody')).toBeUndefined();
      const again = await failure(stopServer(admin, first()));
      expect(again).toMatchObject({ type: 'CloudConflict', details: { status: 409, arrived: 'no' } });
      expect(again.message).toContain(`Cannot 'stop' instance ${first()} while it is in vm_state stopped`);
      await startServer(admin, first());
      await settled(first(), 'ACTIVE');
    });

    test('migrates live; the migration record says how it ended', async () => {
      const before = await server(second());
      expect(await failure(liveMigrateServer(admin, second(), { host: 'nowhere', block: 'auto' }))).toMatchObject({
        type: 'CloudRequestInvalid',
        message: expect.stringContaining('Compute host nowhere could not be found'),
      });
      await liveMigrateServer(admin, second(), { block: 'auto' });
      const last = async () => (await listMigrations(admin, { serverId: second() }))[0];
      await until('the migration has ended', async () => (await last())?.status === 'completed', 60);
      const after = await server(second());
      expect(after).toMatchObject({ status: 'ACTIVE', taskState: null });
      expect(after.host).not.toBe(before.host);
      expect(await last()).toMatchObject({ type: 'live-migration', source: before.host, target: after.host });
    });

    test('says why a request came to nothing, in the words of Nova', async () => {
      const hosts = await listComputeHosts(admin);
      for (const host of hosts) await setScheduling(admin, host, { enabled: false, reason: 'a test of ours' });
      try {
        const { requestId = '' } = await liveMigrateServer(admin, second(), { block: 'auto' });
        const failed = async () => (await listMigrations(admin, { serverId: second() }))[0]?.status === 'error';
        await until('it has failed', failed, 60);
        const words = await instanceActionFailure(admin, second(), requestId);
        // Train keeps it to itself.
        if (await admin.reaches('2.84')) expect(words).toContain('No valid host');
        else expect(words).toBeUndefined();
      } finally {
        for (const host of hosts) await setScheduling(admin, host, { enabled: true });
      }
      await settled(second(), 'ACTIVE');
    });

    test('migrates a stopped server, which waits to be confirmed', async () => {
      await stopServer(admin, third());
      await settled(third(), 'SHUTOFF');
      const before = await server(third());
      await migrateServer(admin, third());
      await settled(third(), 'VERIFY_RESIZE');
      await confirmMigration(admin, third());
      await settled(third(), 'SHUTOFF');
      expect((await server(third())).host).not.toBe(before.host);
    });

    test('knows the compute hosts, their room, and takes one out of scheduling with a reason', async () => {
      const [host] = await listComputeHosts(admin);
      if (host === undefined) throw new Error('a cloud has hosts');
      expect(host).toMatchObject({ enabled: true, up: true, forcedDown: false });
      const disabled = await setScheduling(admin, host, { enabled: false, reason: 'a test of ours' });
      expect(disabled).toMatchObject({ enabled: false, disabledReason: 'a test of ours' });
      const [enabled] = [await setScheduling(admin, host, { enabled: true })];
      expect(enabled).toEqual(host);
      const room = await listRoom(admin);
      expect(room.map((each) => each.host)).toContain(host.name);
      expect(room[0]).toMatchObject({ vcpus: expect.any(Number), ram: expect.any(Number) });
      expect(await failure(listComputeHosts(member))).toMatchObject({ type: 'CloudForbidden' });
    });

    test('knows projects, server groups and ports', async () => {
      const projects = await listProjects(admin);
      expect(projects.map(({ id }) => id)).toContain((await server(first())).projectId);
      expect(await listProjects(member)).toHaveLength(1);
      expect(await listServerGroups(admin)).toEqual([]);
      expect(Array.isArray(await portsOf(admin, ids))).toBe(true);
    });

    test('knows for whom Placement has taken room, of which compute host', async () => {
      const { host, id } = await server(first());
      const providers = await listResourceProviders(admin);
      const provider = providers.find(({ name }) => name === host);
      if (provider === undefined) throw new Error(`Placement has no ${host ?? ''}`);
      expect(await consumersOf(admin, provider)).toContain(id);
      expect(await hasRoomForServers(admin, provider)).toBe(true);
      expect([await hasAllocation(admin, id), await hasAllocation(admin, randomUUID())]).toEqual([true, false]);
      expect(await failure(listResourceProviders(member))).toMatchObject({ type: 'CloudForbidden' });
    });

    test('makes flavors, with properties and access, and knows whether servers use one', async () => {
      const id = randomUUID();
      const flavor = { id, name: `suite-${id}`, vcpus: 1, ram: 64, disk: 1, ephemeral: 1, swap: 8, public: false };
      const wanted = { ...flavor, description: 'of the suite', properties: {} };
      await createFlavor(admin, wanted);
      expect(await findFlavor(admin, id)).toEqual(wanted);
      expect(await failure(createFlavor(admin, { ...wanted, id: randomUUID() }))).toMatchObject({
        type: 'CloudConflict',
        message: expect.stringContaining(`Flavor with name suite-${id} already exists.`),
      });
      await setFlavorProperties(admin, id, { 'hw:cpu_policy': 'shared', other: '1' });
      const asked = { requestId: expect.stringMatching(/^req-/) };
      expect(await unsetFlavorProperty(admin, id, 'other')).toEqual(asked);
      expect(await unsetFlavorProperty(admin, id, 'other')).toBeUndefined();
      expect(await failure(setFlavorProperties(admin, id, { 'a/b': '1' }))).toMatchObject({
        type: 'CloudRequestInvalid',
      });
      const { projectId = '' } = await member.token();
      expect(await allowFlavor(admin, id, projectId)).toEqual(asked);
      expect(await allowFlavor(admin, id, projectId)).toBeUndefined();
      expect(await flavorProjects(admin, id)).toEqual([projectId]);
      expect((await listFlavors(member)).map(({ name }) => name)).toContain(flavor.name);
      expect(await refuseFlavor(admin, id, projectId)).toEqual(asked);
      expect(await refuseFlavor(admin, id, projectId)).toBeUndefined();
      expect((await listFlavors(member)).map(({ name }) => name)).not.toContain(flavor.name);
      await describeFlavor(admin, { ...wanted, description: 'otherwise' });
      const found = (await listFlavors(admin)).find((each) => each.id === id);
      expect(found).toEqual({ ...wanted, description: 'otherwise', properties: { 'hw:cpu_policy': 'shared' } });
      expect(await isFlavorInUse(admin, id)).toBe(false);
      const { flavor: own } = await server(first());
      const used = (await listFlavors(admin)).find(({ name }) => name === own.name);
      expect(await isFlavorInUse(admin, used?.id ?? '')).toBe(true);
      expect(await failure(createFlavor(member, wanted))).toMatchObject({ type: 'CloudForbidden' });
      expect(await deleteFlavor(admin, id)).toEqual(asked);
      expect(await deleteFlavor(admin, id)).toBeUndefined();
      expect(await findFlavor(admin, id)).toBeUndefined();
    });

    test('makes an image under an id of ours, gives it its content once, and reads back whose digest it is', async () => {
      const id = randomUUID();
      const spec: ImageSpec = {
        ...{ id, name: `suite ${id}`, diskFormat: 'raw', containerFormat: 'bare', visibility: 'private' },
        ...{ protected: false, tags: ['suite'], minDisk: 1, minRam: 64, properties: { os_distro: 'debian' } },
      };
      const { image: queued, requestId } = await createImage(member, spec);
      expect(requestId).toMatch(/^req-/);
      expect(queued).toMatchObject({
        ...spec,
        status: 'queued',
        size: undefined,
        hash: undefined,
      });
      expect(await failure(createImage(member, spec))).toMatchObject({
        type: 'CloudConflict',
        message: expect.stringContaining(`Image ID ${id} already exists!`),
      });
      const refused = await failure(createImage(member, { ...spec, id: randomUUID(), visibility: 'public' }));
      expect(refused).toMatchObject({ type: 'CloudForbidden', message: expect.stringContaining('publicize_image') });
      const bytes = randomBytes(3_000_000);
      // One that ends too early is no image: the whole content has to come again.
      const broken = failure(
        uploadImage(member, id, { bytes: pieces(bytes.subarray(0, 1_000_000)), length: bytes.length }),
      );
      expect((await broken).permanent).toBe(false);
      await until('it takes its content', () => taken(member, id, bytes), 60);
      const hash = { algorithm: 'sha512', value: createHash('sha512').update(bytes).digest('hex') };
      expect(await findImage(member, id)).toMatchObject({ ...spec, status: 'active', size: bytes.length, hash });
      const again = await failure(uploadImage(member, id, { bytes: pieces(bytes), length: bytes.length }));
      expect(again).toMatchObject({ type: 'CloudConflict', message: expect.stringContaining('from active to saving') });
      const ownerId = (await member.token()).projectId;
      const listed = async (name: string, hidden: boolean) =>
        (await listImages(member, { ownerId, hidden })).filter((image) => image.name === name);
      expect((await listed(spec.name, false)).map((image) => image.id)).toEqual([id]);
      expect(await listImages(member, { ownerId: randomUUID() })).toEqual([]);
      await updateImage(member, id, { name: 'old', hidden: true, protected: true });
      expect(await listed('old', false)).toEqual([]);
      expect(await listed('old', true)).toMatchObject([{ id, hidden: true }]);
      expect(await failure(deleteImage(member, id))).toMatchObject({ type: 'CloudForbidden' });
      await updateImage(member, id, { protected: false });
      expect([await deleteImage(member, id), await deleteImage(member, id)]).toEqual([true, false]);
      expect(await findImage(member, id)).toBeUndefined();
      expect(await importMethods(member)).toContain('glance-direct');
    });

    test('what a cloud is too old for is refused before anything is asked', async () => {
      const old = new Session({ ...access(cloud.admin), microversionCaps: { compute: '2.30' } });
      const fault = await failure(liveMigrateServer(old, first(), { block: 'auto' }));
      expect(fault).toMatchObject({ type: 'MicroversionRefused', permanent: true });
      expect(fault.message).toContain('needs compute microversion 2.34, and the config caps it at 2.30');
      await old.close();
    });

    test('deletes; then it is gone', async () => {
      for (const id of ids) await deleteServer(admin, id);
      for (const id of ids) await until(`${id} is gone`, async () => (await findServer(admin, id)) === undefined, 60);
    });
  });
}

/** False while Glance has not ended with a content that broke off. */
async function taken(session: Session, id: string, bytes: Buffer): Promise<boolean> {
  if ((await findImage(session, id))?.status !== 'queued') return false;
  try {
    await uploadImage(session, id, { bytes: pieces(bytes), length: bytes.length });
    return true;
  } catch (error) {
    if (isFault(error) && ['CloudConflict', 'CloudResourceNotFound'].includes(error.type)) return false;
    throw error;
  }
}

/** As a file is read. */
async function* pieces(bytes: Buffer): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 65_536) yield await Promise.resolve(bytes.subarray(at, at + 65_536));
}

/** The fault that it fails with. */
export async function failure(promise: Promise<unknown>): Promise<Fault> {
  try {
    await promise;
  } catch (error) {
    if (isFault(error)) return error;
    throw error;
  }
  throw new Error('it did not fail');
}
