import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from './cloud.ts';

/** clouds.yaml and adminrc, as the two users of the practice cloud need them. */
export function writeCredentials(directory: string, cloud: Cloud): { clouds: string; adminrc: string } {
  mkdirSync(directory, { recursive: true });
  const authUrl = `${cloud.address}/identity`;
  const clouds = join(directory, 'clouds.yaml');
  const adminrc = join(directory, 'adminrc');
  const entries = cloud.users.map(({ name, password, project }) =>
    [
      `  ${name === 'admin' ? 'practice' : 'practice-member'}:`,
      '    auth:',
      `      auth_url: ${authUrl}`,
      `      username: ${name}`,
      `      password: ${password}`,
      `      project_name: ${project.name}`,
      '      user_domain_name: Default',
      '      project_domain_name: Default',
      '    region_name: RegionOne',
    ].join('\n'),
  );
  writeFileSync(clouds, `clouds:\n${entries.join('\n')}\n`, { mode: 0o600 });
  const [admin] = cloud.users;
  const variables = {
    OS_AUTH_URL: authUrl,
    OS_USERNAME: admin?.name,
    OS_PASSWORD: admin?.password,
    OS_PROJECT_NAME: admin?.project.name,
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
    OS_REGION_NAME: 'RegionOne',
    OS_IDENTITY_API_VERSION: '3',
  };
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}='${value ?? ''}'`);
  writeFileSync(adminrc, `${lines.join('\n')}\n`, { mode: 0o600 });
  return { clouds, adminrc };
}
