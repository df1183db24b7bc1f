// WORKERS is put in by build.mjs: the label Monaco asks for → the hashed file name.
globalThis.MonacoEnvironment = {
  getWorker(_id, label) {
    const file = WORKERS[label] ?? WORKERS.editor;
    return new Worker(new URL(file, import.meta.url), { type: 'module', name: label });
  },
};
