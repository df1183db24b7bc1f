// PostGraphile as its manual recommends it for production: the Amber preset, short names, no
// explain, no watching, no GraphiQL. It finds tables, relations and orderings by itself.
import { createServer } from "node:http";
import { PgSimplifyInflectionPreset } from "@graphile/simplify-inflection";
import { postgraphile } from "postgraphile";
import { makePgService } from "postgraphile/adaptors/pg";
import { grafserv } from "postgraphile/grafserv/node";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";

const [port, , connections] = process.argv.slice(2);

const preset = {
  extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
  pgServices: [
    makePgService({
      poolConfig: { user: "postgres", max: Number(connections), options: "-c timezone=UTC -c jit=off" },
      schemas: ["public", "bench"],
      pubsub: false,
    }),
  ],
  grafserv: { port: Number(port), watch: false, graphiql: false },
  grafast: { explain: false },
};

const pgl = postgraphile(preset);
const serv = pgl.createServ(grafserv);
const server = createServer();
server.on("error", (error) => {
  console.error(error);
  process.exit(1);
});
await serv.addTo(server);
await serv.ready?.();
server.listen(Number(port), "127.0.0.1");
process.on("SIGTERM", () => process.exit(0));
