import assert from "node:assert/strict";
import { Socket } from "node:net";
import { neverFatal } from "./connection.ts";

Deno.test("neverFatal() lets an error of a socket that nobody listens to any more pass, and tells those who listen", () => {
  const socket = neverFatal(new Socket());
  const told: string[] = [];
  socket.on("error", ({ message }) => told.push(message));
  socket.emit("error", new Error("first"));
  socket.removeAllListeners();
  socket.emit("error", new Error("second"));
  socket.removeAllListeners("error");
  socket.emit("error", new Error("third"));
  assert.deepEqual(told, ["first"]);
  socket.destroy();
});
