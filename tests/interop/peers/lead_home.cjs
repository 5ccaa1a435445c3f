/**
 * Leads every HTTPS request of this process to a local platform: loaded before a client that has the platform's
 * addresses written into it, whose own code stays as it is.
 *
 *     node --require lead_home.cjs client.cjs REST_URL …
 */
"use strict";

const http = require("node:http");
const https = require("node:https");

const home = new URL(process.argv[2]);

/** Takes what `https.request` takes: an address, options, or both, and what is called with the answer. */
function leadHome(...given) {
  const callback = typeof given.at(-1) === "function" ? given.pop() : undefined;
  const options = {};
  for (const part of given) {
    Object.assign(options, part instanceof URL || typeof part === "string" ? ofAddress(new URL(part)) : part);
  }
  const { agent, agents, host, href, ...rest } = options;
  return http.request({ ...rest, protocol: "http:", hostname: home.hostname, port: home.port }, callback);
}

function ofAddress(url) {
  return { path: url.pathname + url.search };
}

https.request = leadHome;
https.get = (...given) => {
  const request = leadHome(...given);
  request.end();
  return request;
};
