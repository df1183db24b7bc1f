import { graphql } from 'react-relay';

export const lead = graphql`
  fragment LeadList_lead on Lead {
    name
    stage
    calls(first: 3) @connection(key: "LeadList_calls") {
      edges { node { id status createdAt agent { name } } }
    }
  }
`;

export const page = graphql`
  fragment LeadList_page on Query
    @refetchable(queryName: "LeadListPageQuery")
    @argumentDefinitions(first: { type: "Int", defaultValue: 10 }, after: { type: "String" }) {
    leads(first: $first, after: $after) @connection(key: "LeadList_leads") {
      edges { node { id ...LeadList_lead } }
    }
  }
`;

export const query = graphql`
  query LeadListQuery { ...LeadList_page }
`;

export const refetch = graphql`
  query LeadListNodeQuery($id: ID!) { node(id: $id) { id ...LeadList_lead } }
`;

export const create = graphql`
  mutation LeadListCreateMutation($input: CreateLeadInput!, $connections: [ID!]!) {
    createLead(input: $input) {
      lead @appendNode(connections: $connections, edgeTypeName: "LeadEdge") { id name }
      errors { code path message }
    }
  }
`;
