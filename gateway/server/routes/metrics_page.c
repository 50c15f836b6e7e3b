/*
 * metrics_page.c
 *		What the gateway counts, and how things stand, for Prometheus.
 */
#include "routes/metrics_page.h"

#include "answers/answers.h"
#include "database/lane.h"
#include "lib/version.h"
#include "metrics.h"
#include "routes/reads.h"

static void
add_database(Text *t)
{
	metrics_head(t, "lane_up", "gauge", "1 while the lane has its database connection.");
	for (int i = 0; i < lane_count(); i++)
		text_format(t, "quotakit_lane_up{lane=\"%d\"} %d\n", i, lane_is_up(i));
	metrics_head(t, "lane_queued_calls", "gauge", "Calls that wait in the lane or are under way.");
	for (int i = 0; i < lane_count(); i++)
		text_format(t, "quotakit_lane_queued_calls{lane=\"%d\"} %d\n", i, lane_queued(i));
	metrics_head(t, "readers_up", "gauge", "Reading database connections.");
	text_format(t, "quotakit_readers_up %d\n", reads_up());
	metrics_head(t, "reader_queued", "gauge", "Reads that wait.");
	text_format(t, "quotakit_reader_queued %d\n", reads_queued());
}

void
metrics_page(Request *request)
{
	Text t = { 0 };

	metrics_head(&t, "gateway_info", "gauge", "Version of the gateway.");
	text_format(&t, "quotakit_gateway_info{version=\"%s\"} 1\n", QUOTAKIT_VERSION);
	metrics_write(&t);
	add_database(&t);
	answer_text(request, 200, "text/plain; version=0.0.4; charset=utf-8", t.data, t.len);
	text_free(&t);
}
