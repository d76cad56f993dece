#!/bin/bash
# Envoy with the arguments given, and a stop that leaves nobody without an answer: Envoy alone drops what is under way.
# `gateway.sh --healthy`: whether the gateway lets people in and reaches a service that can serve.
set -u
door=${GATEWAY_PORT:-8000}
admin=${GATEWAY_ADMIN_PORT:-9901}
limit=$((${SHOPFLOW_REQUEST_SECONDS:-30} + 40))  # what a request may take to arrive and to be answered, and a little

# PORT METHOD PATH: the whole answer. The image has no client, so the shell speaks HTTP itself.
ask() (
    exec 3<>"/dev/tcp/127.0.0.1/$1" || exit
    printf '%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\nConnection: close\r\n\r\n' "$2" "$3" >&3
    timeout 4 cat <&3
) 2>/dev/null

# Where Envoy takes too long to say, it counts as busy; where it is gone, it does not.
busy() {
    local answer
    answer=$(ask "$admin" GET '/stats?filter=^http.shop.downstream_rq_active$')
    (($? == 124)) || [[ $answer =~ rq_active:\ [1-9] ]]
}

stop() {
    trap '' TERM INT
    local deadline=$((SECONDS + limit))
    ask "$admin" POST /healthcheck/fail >/dev/null  # from now on an answer is the last one on its connection …
    ask "$admin" POST /drain_listeners >/dev/null   # … and there are no new connections
    while busy && ((SECONDS < deadline)); do sleep 0.1; done
    kill -TERM "$envoy"
    wait "$envoy"
    exit
}

if [[ ${1:-} == --healthy ]]; then
    [[ $(ask "$door" GET /health/ready) == "HTTP/1.1 200 "* ]]
    exit
fi

envoy "$@" &
envoy=$!
trap stop TERM INT
wait "$envoy"
