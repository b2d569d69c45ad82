import packageFile from '../../package.json' with { type: 'json' };

/** Of the package this command came with. */
export const VERSION: string = packageFile.version;
