import js from '@eslint/js'
import hooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

const names = (list) => Object.fromEntries(list.split(' ').map((name) => [name, 'readonly']))
const node = names('process console URL URLSearchParams Buffer fetch setTimeout clearTimeout')
const browser = names(
  'window document navigator localStorage sessionStorage Node PerformanceObserver getComputedStyle innerWidth scrollY requestAnimationFrame matchMedia',
)

// What the compiler does not say. Circles and the order of the folders are in ../tests/test_rooms.py.
export default tseslint.config(
  { ignores: ['dist/'] },
  js.configs.recommended,
  { files: ['*.{js,ts}', 'test/**'], languageOptions: { globals: node, parser: tseslint.parser } },
  // The browser's script says what the page shall run.
  { files: ['public/**', 'test/**'], languageOptions: { globals: browser } },
  {
    files: ['src/**/*.{ts,tsx}', 'unit/**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    plugins: { 'react-hooks': hooks },
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'react-hooks/rules-of-hooks': 'error',
      'react-hooks/exhaustive-deps': 'error',
      // onPress={async () => …}: what goes wrong there is shown by the dialog or the page.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { attributes: false } }],
    },
  },
)
