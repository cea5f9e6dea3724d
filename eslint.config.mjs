import tseslint from 'typescript-eslint';

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'test/e2e/fixtures/', 'examples/', '.cache/', 'test-results/', 'coverage/'] },
  { linterOptions: { noInlineConfig: true } },
  {
    files: ['src/**/*.ts', 'test/**/*.ts', 'media/**/*.ts', 'media/**/*.tsx'],
    extends: [...tseslint.configs.strictTypeChecked, ...tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { project: ['./tsconfig.json', './media/tsconfig.json', './test/e2e/tsconfig.json', './test/unit/media/tsconfig.json'], tsconfigRootDir: import.meta.dirname } },
    rules: {
      'max-lines': ['error', 500],
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // Numbers in messages are the rule here, not the accident.
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: false }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      // VS Code's Disposable is a shape as much as a class.
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/dot-notation': ['error', { allowIndexSignaturePropertyAccess: true }],
      '@typescript-eslint/no-meaningless-void-operator': 'off',
      '@typescript-eslint/consistent-type-definitions': 'off',
      // `a !== null && a.b` says which of the two is asked for; an empty text means absent as often as null does.
      '@typescript-eslint/prefer-optional-chain': 'off',
      '@typescript-eslint/prefer-nullish-coalescing': 'off',
      // Dense arrays are indexed in hot loops; noUncheckedIndexedAccess already asks for the check.
      '@typescript-eslint/prefer-for-of': 'off',
    },
  },
  {
    // Typed arrays in hot loops: an index below the length always holds a number. What a callback sets the checker takes for constant.
    files: ['src/model/**/*.ts', 'src/journal/**/*.ts', 'media/lanes/**/*.ts'],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off', '@typescript-eslint/no-unnecessary-condition': 'off' },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/require-await': 'off',
      // What beforeAll sets up is missing when it failed, whatever the type says; and mocked methods are taken off their objects.
      '@typescript-eslint/no-unnecessary-condition': 'off',
      '@typescript-eslint/unbound-method': 'off',
      '@typescript-eslint/no-misused-spread': 'off',
      '@typescript-eslint/prefer-includes': 'off',
    },
  },
  {
    // They use scripts/, which is JavaScript.
    files: ['test/e2e/**/*.ts', 'test/bench/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
    },
  },
);
