export function missingForLocal(there?: (file: string) => boolean): string[];
export function missingForLab(there?: (file: string) => boolean): string[];
