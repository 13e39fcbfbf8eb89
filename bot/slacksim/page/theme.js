// Runs before the first paint, as a plain script: a module would come after it and let the wrong theme flash.
(function () {
  try {
    var theme = localStorage.getItem('slacksim.theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch (refused) {
    // A browser that keeps nothing follows the system's theme, which is the default.
  }
})();
