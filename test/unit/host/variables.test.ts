import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { replaceVariables } from '../../../src/host/variables.js';

const values = { workspaceFolder: '/w', file: '/w/a b/s.py', userHome: '/home/me', env: { NAME: 'value' }, dirname: (path: string) => posix.dirname(path) };

describe('variables in settings', () => {
  it.each([
    ['${workspaceFolder}/.venv/bin/python', '/w/.venv/bin/python'],
    ['${fileDirname}', '/w/a b'],
    ['${file}', '/w/a b/s.py'],
    ['${userHome}/x', '/home/me/x'],
    ['${env:NAME}-${env:NAME}', 'value-value'],
    ['${env:NOT_SET}', ''],
    ['${unknown}', '${unknown}'],
    ['$workspaceFolder', '$workspaceFolder'],
    ['', ''],
  ])('%s becomes %s', (text, expected) => {
    expect(replaceVariables(text, values)).toBe(expected);
  });

  it('stay as they are written where there is no workspace and no file', () => {
    expect(replaceVariables('${workspaceFolder} ${fileDirname}', { ...values, workspaceFolder: null, file: null })).toBe('${workspaceFolder} ${fileDirname}');
  });

  it('are not looked for in what replaced them', () => {
    expect(replaceVariables('${env:NAME}', { ...values, env: { NAME: '${userHome}' } })).toBe('${userHome}');
  });
});
