// What of Tabler's style sheet stays: whatever a page, a script or a view of ours can name.
module.exports = {
  content: ["templates/**/*.html", "app/**/*.py", "app/static/*.js", "app/static/!(vendor)/**/*.js"],
  // Set by scripts at run time, not written out in a page.
  dynamicAttributes: ["data-bs-theme", "aria-expanded", "aria-current", "open", "disabled", "readonly", "checked"],
  safelist: {
    standard: ["html", "body", "dialog", "show", "active", "disabled", "is-invalid", "collapsed", "collapsing"],
    deep: [/^htmx-/, /^leaflet-/, /^marker-cluster/],
  },
  fontFace: false,
  keyframes: true,
  variables: false,
};
