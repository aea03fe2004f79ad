import { afterAll } from '@jest/globals';
import { PracticeCloud } from '../../support/practice-cloud.ts';
import { describeClient } from './client-suite.ts';

const clouds: PracticeCloud[] = [];
afterAll(async () => {
  await Promise.all(clouds.map((cloud) => cloud.stop()));
});

const open = async (microversion: string) => {
  const cloud = await PracticeCloud.start({ transition: 60, microversion });
  clouds.push(cloud);
  return {
    ...cloud.ready,
    admin: 'practice',
    member: 'practice-member',
    addServers: (count: number) => cloud.addServers({ count }),
  };
};

describeClient('the practice cloud', () => open('2.93'));
describeClient('the practice cloud, capped at Train', () => open('2.93'), '2.79');
describeClient('a practice cloud that ends at Train', () => open('2.79'));
