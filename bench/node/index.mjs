// One UpdateItem for each request, with the AWS SDK as npm installs it, and the same warm-up as the
// others. The loop stands for Lambda's own Node.js runtime, which does more and starts no faster.
import { DynamoDBClient, GetItemCommand, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import http from "node:http";

const client = new DynamoDBClient({ endpoint: process.env.DYNAMODB_ENDPOINT });
const table = { TableName: process.env.SESSIONS_TABLE };
await client.send(new GetItemCommand({ ...table, Key: { session: { S: "0" }, sk: { S: "warm-up" } } })).catch(() => {});

async function handler() {
  const Key = { session: { S: "bare" }, sk: { S: "bare" } };
  const update = { UpdateExpression: "ADD updates :one", ExpressionAttributeValues: { ":one": { N: "1" } } };
  await client.send(new UpdateItemCommand({ ...table, Key, ...update }));
  return { statusCode: 200, body: "ok" };
}

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host, port, agent, method, path: `/2018-06-01/runtime/invocation/${path}` }, async (response) => {
      const chunks = await response.toArray();
      resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() });
    });
    request.on("error", reject).end(body);
  });
}

for (;;) {
  const { headers, body } = await call("GET", "next");
  const answer = await handler(JSON.parse(body));
  await call("POST", `${headers["lambda-runtime-aws-request-id"]}/response`, JSON.stringify(answer));
}
