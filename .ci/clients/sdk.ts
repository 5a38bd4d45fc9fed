// The calls with the functions that @hey-api/openapi-ts made.
import assert from "node:assert/strict";
import { getContacts, postContacts } from "./sdk/index";
import { client } from "./sdk/client.gen";

async function main() {
	client.setConfig({ baseUrl: process.env.API, auth: process.env.KEY });

	const made = await postContacts({
		headers: { "Idempotency-Key": "sdk-1" },
		body: { name: "Sarah V.", phone: "+33612345672", labels: "Lead, Website", attributes: { plan: "Team" } },
	});
	assert.equal(made.response?.status, 201);
	assert.equal(made.data?.phone, "+33612345672");

	const list = await getContacts({ query: { phone: "+33612345672", perPage: 1 } });
	assert.equal(list.data?.meta.total, 1);
	assert.equal(list.data?.data[0]?.id, made.data?.id);

	const refused = await postContacts({ body: { name: "Sarah V.", email: "nowhere" } });
	assert.equal(refused.response?.status, 422);
	assert.deepEqual(refused.error?.errors?.map((fault) => fault.field), ["email"]);
	console.log("made a contact, found it in the list, and was refused one");
}

void main();
