// The calls with openapi-fetch, typed by what openapi-typescript made.
import assert from "node:assert/strict";
import createClient from "openapi-fetch";
import type { paths } from "./schema";

async function main() {
	const client = createClient<paths>({
		baseUrl: process.env.API,
		headers: { Authorization: `Bearer ${process.env.KEY}` },
	});

	const made = await client.POST("/contacts", {
		params: { header: { "Idempotency-Key": "fetch-1" } },
		body: { name: "Sarah V.", phone: "+33612345671", labels: ["Lead"], attributes: { plan: "Team" } },
	});
	assert.equal(made.response.status, 201);
	assert.equal(made.data?.phone, "+33612345671");

	const list = await client.GET("/contacts", { params: { query: { phone: "+33612345671", perPage: 1 } } });
	assert.equal(list.data?.meta.total, 1);
	assert.equal(list.data?.data[0]?.id, made.data?.id);

	const refused = await client.POST("/contacts", { body: { name: "Sarah V.", email: "nowhere" } });
	assert.equal(refused.response.status, 422);
	assert.deepEqual(refused.error?.errors?.map((fault) => fault.field), ["email"]);
	console.log("made a contact, found it in the list, and was refused one");
}

void main();
