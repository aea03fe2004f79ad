import { describeClient } from '../../systems/openstack/client-suite.ts';
import { labCloud } from '../support/openstack.ts';

describeClient('a real cloud', () => Promise.resolve(labCloud));
describeClient('a real cloud, capped at Train', () => Promise.resolve(labCloud), '2.79');
