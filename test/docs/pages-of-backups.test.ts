import { pagesOfBackups } from './support/pages.ts';
import { testPages } from './support/test-pages.ts';

testPages(pagesOfBackups);
