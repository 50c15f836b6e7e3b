/*
 * http.c
 *		The side of the gateway that speaks HTTP, as a whole.
 */
#include "http/http.h"

#include "http/channel.h"
#include "http/listen.h"
#include "http/loop.h"
#include "stopping.h"

void
http_start(void)
{
	listen_descriptors();
	channel_start();
	loop_start(listen_socket());
}

void
http_quiesce(void)
{
	stopping_begin();
	loop_quiesce();
}

void
http_stop(void)
{
	loop_stop();
	channel_stop();
}
