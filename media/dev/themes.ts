/** The variables that VS Code gives to a page, for its four default themes: as far as the page uses them. */
type Theme = { readonly body: string; readonly variables: Readonly<Record<string, string>> };

const COMMON = {
  'font-family': '"Segoe WPC","Segoe UI",system-ui,Ubuntu,"DejaVu Sans",sans-serif',
  'font-size': '13px',
  'font-weight': 'normal',
  'editor-font-family': '"SF Mono",Menlo,"DejaVu Sans Mono",monospace',
};

export const THEMES: Readonly<Record<string, Theme>> = {
  dark: {
    body: 'vscode-dark',
    variables: {
      ...COMMON,
      foreground: '#cccccc', descriptionForeground: '#9d9d9d', 'editor-background': '#1f1f1f', 'panel-background': '#181818', 'panel-border': '#2b2b2b',
      focusBorder: '#0078d4', 'textLink-foreground': '#4daafc', 'textLink-activeForeground': '#4daafc', 'textCodeBlock-background': '#2b2b2b',
      'list-activeSelectionBackground': '#04395e', 'list-activeSelectionForeground': '#ffffff', 'list-hoverBackground': '#2a2d2e',
      'charts-red': '#f14c4c', 'charts-orange': '#d18616', 'charts-yellow': '#cca700', 'charts-green': '#89d185', 'charts-blue': '#3794ff', 'charts-purple': '#b180d7',
      'badge-background': '#616161', 'badge-foreground': '#f8f8f8', 'button-background': '#0078d4', 'button-foreground': '#ffffff', 'button-hoverBackground': '#026ec1', 'button-border': 'rgba(255,255,255,.07)',
      'button-secondaryBackground': '#313131', 'button-secondaryForeground': '#cccccc', 'button-secondaryHoverBackground': '#3c3c3c',
      'input-background': '#313131', 'input-foreground': '#cccccc', 'input-border': '#3c3c3c', 'input-placeholderForeground': '#989898', 'inputOption-activeBackground': '#2489db82', 'inputOption-activeForeground': '#ffffff',
      'dropdown-border': '#3c3c3c', 'panelTitle-activeBorder': '#0078d4', 'panelTitle-activeForeground': '#cccccc', 'panelTitle-inactiveForeground': '#9d9d9d',
      'menu-background': '#1f1f1f', 'menu-foreground': '#cccccc', 'menu-selectionBackground': '#0078d4', 'menu-selectionForeground': '#ffffff', 'menu-border': '#454545', 'menu-separatorBackground': '#454545',
      'editorHoverWidget-background': '#202020', 'editorHoverWidget-border': '#454545', 'editorHoverWidget-foreground': '#cccccc', 'widget-shadow': 'rgba(0,0,0,.36)',
      'statusBarItem-errorBackground': '#b91007', 'statusBarItem-errorForeground': '#ffffff', 'statusBarItem-warningBackground': '#7a6400', 'statusBarItem-warningForeground': '#ffffff',
      'notifications-background': '#1f1f1f', 'notifications-foreground': '#cccccc', 'notifications-border': '#2b2b2b', 'sash-hoverBorder': '#0078d4', 'toolbar-hoverBackground': 'rgba(90,93,94,.31)', 'progressBar-background': '#0078d4',
    },
  },
  light: {
    body: 'vscode-light',
    variables: {
      ...COMMON,
      foreground: '#3b3b3b', descriptionForeground: '#3b3b3b', 'editor-background': '#ffffff', 'panel-background': '#f8f8f8', 'panel-border': '#e5e5e5',
      focusBorder: '#005fb8', 'textLink-foreground': '#005fb8', 'textLink-activeForeground': '#005fb8', 'textCodeBlock-background': '#f8f8f8',
      'list-activeSelectionBackground': '#e8e8e8', 'list-activeSelectionForeground': '#000000', 'list-hoverBackground': '#f2f2f2',
      'charts-red': '#e51400', 'charts-orange': '#d18616', 'charts-yellow': '#bf8803', 'charts-green': '#388a34', 'charts-blue': '#0063d3', 'charts-purple': '#652d90',
      'badge-background': '#cccccc', 'badge-foreground': '#3b3b3b', 'button-background': '#005fb8', 'button-foreground': '#ffffff', 'button-hoverBackground': '#0258a8', 'button-border': 'rgba(0,0,0,.1)',
      'button-secondaryBackground': '#e5e5e5', 'button-secondaryForeground': '#3b3b3b', 'button-secondaryHoverBackground': '#cccccc',
      'input-background': '#ffffff', 'input-foreground': '#3b3b3b', 'input-border': '#cecece', 'input-placeholderForeground': '#767676', 'inputOption-activeBackground': '#bed6ed', 'inputOption-activeForeground': '#000000',
      'dropdown-border': '#cecece', 'panelTitle-activeBorder': '#005fb8', 'panelTitle-activeForeground': '#3b3b3b', 'panelTitle-inactiveForeground': '#3b3b3b',
      'menu-background': '#ffffff', 'menu-foreground': '#3b3b3b', 'menu-selectionBackground': '#005fb8', 'menu-selectionForeground': '#ffffff', 'menu-border': '#cecece', 'menu-separatorBackground': '#d4d4d4',
      'editorHoverWidget-background': '#f8f8f8', 'editorHoverWidget-border': '#c8c8c8', 'editorHoverWidget-foreground': '#3b3b3b', 'widget-shadow': 'rgba(0,0,0,.16)',
      'statusBarItem-errorBackground': '#c72e0f', 'statusBarItem-errorForeground': '#ffffff', 'statusBarItem-warningBackground': '#725102', 'statusBarItem-warningForeground': '#ffffff',
      'notifications-background': '#ffffff', 'notifications-foreground': '#3b3b3b', 'notifications-border': '#e5e5e5', 'sash-hoverBorder': '#005fb8', 'toolbar-hoverBackground': 'rgba(184,184,184,.31)', 'progressBar-background': '#005fb8',
    },
  },
  'hc-dark': {
    body: 'vscode-high-contrast',
    variables: {
      ...COMMON,
      foreground: '#ffffff', descriptionForeground: 'rgba(255,255,255,.7)', 'editor-background': '#000000', 'panel-background': '#000000', 'panel-border': '#6fc3df', contrastBorder: '#6fc3df', contrastActiveBorder: '#f38518',
      focusBorder: '#f38518', 'textLink-foreground': '#21a6ff', 'textLink-activeForeground': '#21a6ff', 'textCodeBlock-background': '#000000',
      'charts-red': '#f48771', 'charts-orange': '#ab5a00', 'charts-yellow': '#ffd370', 'charts-green': '#89d185', 'charts-blue': '#3794ff', 'charts-purple': '#b180d7',
      'badge-background': '#000000', 'badge-foreground': '#ffffff', 'button-background': 'transparent', 'button-foreground': '#ffffff', 'button-border': '#6fc3df', 'button-secondaryForeground': '#ffffff',
      'input-background': '#000000', 'input-foreground': '#ffffff', 'input-border': '#6fc3df', 'input-placeholderForeground': 'rgba(255,255,255,.7)', 'inputOption-activeBackground': 'rgba(0,0,0,0)', 'inputOption-activeForeground': '#ffffff', 'dropdown-border': '#6fc3df',
      'panelTitle-activeBorder': '#6fc3df', 'panelTitle-activeForeground': '#ffffff', 'panelTitle-inactiveForeground': '#ffffff',
      'menu-background': '#000000', 'menu-foreground': '#ffffff', 'menu-border': '#6fc3df', 'menu-selectionBorder': '#f38518', 'menu-separatorBackground': '#6fc3df', 'menu-selectionForeground': '#ffffff',
      'editorHoverWidget-background': '#0c141f', 'editorHoverWidget-border': '#6fc3df', 'editorHoverWidget-foreground': '#ffffff',
      'notifications-background': '#0c141f', 'notifications-foreground': '#ffffff', 'notifications-border': '#6fc3df', 'progressBar-background': '#6fc3df',
    },
  },
  'hc-light': {
    body: 'vscode-high-contrast-light',
    variables: {
      ...COMMON,
      foreground: '#292929', descriptionForeground: 'rgba(41,41,41,.7)', 'editor-background': '#ffffff', 'panel-background': '#ffffff', 'panel-border': '#0f4a85', contrastBorder: '#0f4a85', contrastActiveBorder: '#006bbd',
      focusBorder: '#006bbd', 'textLink-foreground': '#0f4a85', 'textLink-activeForeground': '#0f4a85', 'textCodeBlock-background': '#f2f2f2', 'list-hoverBackground': 'rgba(15,74,133,.1)', 'list-activeSelectionBackground': 'rgba(15,74,133,.1)',
      'charts-red': '#b5200d', 'charts-orange': '#0f4a85', 'charts-yellow': '#895503', 'charts-green': '#374e06', 'charts-blue': '#0063d3', 'charts-purple': '#652d90',
      'badge-background': '#0f4a85', 'badge-foreground': '#ffffff', 'button-background': '#0f4a85', 'button-foreground': '#ffffff', 'button-border': '#0f4a85', 'button-secondaryBackground': '#ffffff', 'button-secondaryForeground': '#292929',
      'input-background': '#ffffff', 'input-foreground': '#292929', 'input-border': '#0f4a85', 'input-placeholderForeground': 'rgba(41,41,41,.7)', 'inputOption-activeBackground': 'rgba(0,0,0,0)', 'inputOption-activeForeground': '#292929', 'dropdown-border': '#0f4a85',
      'panelTitle-activeBorder': '#b5200d', 'panelTitle-activeForeground': '#292929', 'panelTitle-inactiveForeground': '#292929',
      'menu-background': '#ffffff', 'menu-foreground': '#292929', 'menu-border': '#0f4a85', 'menu-selectionBackground': '#0f4a85', 'menu-selectionForeground': '#ffffff', 'menu-separatorBackground': '#0f4a85',
      'editorHoverWidget-background': '#ffffff', 'editorHoverWidget-border': '#0f4a85', 'editorHoverWidget-foreground': '#292929',
      'notifications-background': '#ffffff', 'notifications-foreground': '#292929', 'notifications-border': '#0f4a85', 'progressBar-background': '#0f4a85',
    },
  },
};

export function useTheme(name: string): void {
  const theme = THEMES[name] ?? THEMES['dark'];
  if (theme === undefined) return;
  document.documentElement.removeAttribute('style');
  for (const [key, value] of Object.entries(theme.variables)) document.documentElement.style.setProperty(`--vscode-${key}`, value);
  document.body.className = theme.body;
  document.body.dataset['vscodeThemeKind'] = theme.body;
}
