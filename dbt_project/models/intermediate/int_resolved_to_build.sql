{{ config(materialized='table') }}

select instance, sys_id from {{ ref('int_incidents_to_build') }}
union
select instance, ticket_id as sys_id from {{ ref('int_sla_tickets_to_build') }}
