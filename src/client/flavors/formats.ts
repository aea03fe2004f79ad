/** Kinds of files that flavors are read from, and written to. */
export const importFormats = ['columns', 'csv', 'yaml', 'json'] as const;
export const exportFormats = ['yaml', 'json', 'csv'] as const;
export type ImportFormat = (typeof importFormats)[number];
export type ExportFormat = (typeof exportFormats)[number];
