-- An event of Stripe's comes in by one statement, and what nudges a worker beside it: both, or none.
-- Loaded by migration 0011 and never edited after; a change is a new file and a new migration.
--
-- A row, unless the event is here already: who is first stores it, and a twin in flight is waited for. With a
-- `why` it is parked for a person. `task` null queues nothing; else it is the number of a new task for the
-- backend of that name, as django_tasks_db writes it, whose one argument is the event's.
--
-- A function and not a query, because its plans are then kept by the connection. It runs with the rights of its
-- caller, and `at` is the caller's clock. Received is by the clock that `take_turn` reads: the two are compared,
-- and may be of two machines.

CREATE FUNCTION take_in(
    stripe_id text, type text, object_id text, api_version text, livemode boolean, happened_at timestamptz,
    payload jsonb, why text, at timestamptz,
    task uuid, task_path text, priority integer, queue_name text, backend_name text
) RETURNS TABLE (id bigint, received_at timestamptz)
LANGUAGE plpgsql SET search_path = public, pg_temp SET enable_seqscan = off AS $$
#variable_conflict use_column
BEGIN
    INSERT INTO accounts_stripeevent AS e (
        stripe_id, type, object_id, api_version, livemode, happened_at, payload, why, attempts,
        state, settled_at, next_try_at, received_at
    ) VALUES (
        take_in.stripe_id, take_in.type, take_in.object_id, take_in.api_version, take_in.livemode,
        take_in.happened_at, take_in.payload, take_in.why, 0,
        CASE take_in.why WHEN '' THEN 'waiting' ELSE 'parked' END,
        CASE take_in.why WHEN '' THEN NULL ELSE at END,
        at, statement_timestamp()
    ) ON CONFLICT (stripe_id) DO NOTHING RETURNING e.id, e.received_at INTO take_in.id, take_in.received_at;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    IF task IS NOT NULL THEN
        INSERT INTO django_tasks_database_dbtaskresult (
            id, status, args_kwargs, priority, task_path, queue_name, backend_name,
            run_after, enqueued_at, exception_class_path, traceback, worker_ids
        ) VALUES (
            task, 'READY',
            jsonb_build_object('args', jsonb_build_array(take_in.id), 'kwargs', jsonb_build_object()),
            take_in.priority, take_in.task_path, take_in.queue_name, take_in.backend_name,
            '9999-01-01 00:00:00+00', at, '', '', '[]'
        );
    END IF;
    RETURN NEXT;
END $$;
