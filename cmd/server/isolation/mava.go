package isolation

import (
	"encoding/json"

	"github.com/getkin/kin-openapi/openapi3"
)

// mavaTakes are the bodies and queries of Mava's dialect, which serves no
// document of its own: what the isolation test fills and reaches through.
var mavaTakes = map[string]string{
	"POST /api/identify": `{"requestBody":{"content":{"application/json":{"schema":{"type":"object","properties":{
		"emailAddress":{"type":"string"},"mavaCustomerId":{"type":"string"}}}}}}}`,
	"POST /api/ticket": `{"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["customer"],"properties":{
		"customerId":{"type":"string"},"customer":{"type":"object","properties":{"name":{"type":"string"}}},"status":{"type":"string","enum":["Open"]},
		"category":{"type":"string"},"assignedTo":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}}}}}}}}`,
	"PUT /api/ticket": `{"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["ticketId","priority"],"properties":{
		"ticketId":{"type":"string"},"priority":{"type":"integer"},"status":{"type":"string","enum":["Pending"]},"categoryId":{"type":"string"},
		"assignedTo":{"type":"string"},"tags":{"type":"array","items":{"type":"string"}}}}}}}}`,
	"PUT /api/message": `{"requestBody":{"content":{"application/json":{"schema":{"type":"object","required":["ticketId","content","messageType"],"properties":{
		"ticketId":{"type":"string"},"content":{"type":"string"},"messageType":{"type":"string","enum":["InternalNote"]}}}}}}}`,
	"GET /api/tickets": `{"parameters":[{"in":"query","name":"category","schema":{"type":"string"}},{"in":"query","name":"tags","schema":{"type":"string"}},
		{"in":"query","name":"assignedTo","schema":{"type":"string"}},{"in":"query","name":"status","schema":{"type":"string"}}]}`,
	"GET /api/categories": `{}`,
	"GET /api/agents":     `{}`,
}

// mavaOperation is what is known of a line of the dialect, nil of any other line.
func (s *Site) mavaOperation(name string) *openapi3.Operation {
	text, ok := mavaTakes[name]
	if !ok {
		return nil
	}
	operation := &openapi3.Operation{}
	if err := json.Unmarshal([]byte(text), operation); err != nil {
		s.t.Fatal(name, err)
	}
	return operation
}
