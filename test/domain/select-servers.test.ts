import { describe, expect, test } from '@jest/globals';
import { selectServers } from '../../src/domain/select-servers.ts';
import { server } from './server.ts';

describe('a selection of servers', () => {
  const servers = [
    server({ id: 'a', name: 'web-01', tags: ['blue', 'eu'], metadata: { role: 'web' } }),
    server({ id: 'b', name: 'web-02', status: 'SHUTOFF' }),
    server({ id: 'c', name: 'db[1]', tags: ['blue'] }),
  ];
  const names = (selection: Parameters<typeof selectServers>[1]): string[] =>
    selectServers(servers, selection).chosen.map(({ name }) => name);

  test('narrows by everything that is said', () => {
    expect(names({ names: ['web-*'] })).toEqual(['web-01', 'web-02']);
    expect(names({ names: ['web-*'], status: ['shutoff'] })).toEqual(['web-02']);
    expect(names({ tags: ['blue'] })).toEqual(['web-01', 'db[1]']);
    expect(names({ tags: ['blue', 'eu'] })).toEqual(['web-01']);
    expect(names({ metadata: { role: 'web' } })).toEqual(['web-01']);
    expect(names({ ids: ['c', 'a'] })).toEqual(['web-01', 'db[1]']);
    expect(names({ all: true, exclude: ['web-01', 'c'] })).toEqual(['web-02']);
  });

  test('a name means itself, whatever pattern it looks like', () => {
    expect(names({ names: ['db[1]'] })).toEqual(['db[1]']);
  });

  test('what names nothing is an error that tells the nearest; a pattern of --exclude that excludes nothing is told', () => {
    expect(() => names({ names: ['web-03'] })).toThrow('there is no server named web-03');
    expect(() => names({ ids: ['x'] })).toThrow('there is no server x');
    expect(() => names({ names: ['mail-*'] })).toThrow('none of the 3 servers of the cloud is meant by that');
    expect(() => names({ all: true, exclude: ['*'] })).toThrow('all 3 servers that are meant are excluded by *');
    expect(selectServers(servers, { all: true, exclude: ['wbe-*'] }).unusedExcludes).toEqual(['wbe-*']);
  });

  test('a bracket that begins with ! or ^ means the others; one that is not closed is told, not guessed', () => {
    expect(names({ names: ['web-0[!1]'] })).toEqual(['web-02']);
    expect(names({ names: ['web-0[^1]'] })).toEqual(['web-02']);
    expect(() => names({ names: ['web-[1-3'] })).toThrow('"web-[1-3" has a bracket that is not closed');
    expect(() => names({ all: true, exclude: ['web-{01,02'] })).toThrow('has a brace that is not closed');
    expect(() => names({ names: ['web-0[3-1]'] })).toThrow('a range that goes backwards: 3-1');
  });
});
