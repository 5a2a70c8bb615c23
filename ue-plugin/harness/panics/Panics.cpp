// Every export is made to panic and must come back with a status or a harmless value; the process lives on.
//
// The list is made from the bridge: an export without a call here does not compile.
#include "Bridge/assets.h"
#include "Bridge/events.h"
#include "Bridge/log.h"
#include "Bridge/preflight.h"
#include "Bridge/render.h"
#include "Bridge/settings.h"
#include "Bridge/slate.h"
#include "Bridge/status.h"
#include "Bridge/sync.h"
#include "Bridge/time.h"
#include "Bridge/tracking.h"
#include "Bridge/work.h"

#include <cstdio>
#include <string>

using cyclorama::Status;

namespace
{
	rust::Str Text(const char* Ended) { return rust::Str(Ended, std::char_traits<char>::length(Ended)); }

	cyclorama::PublishConfig NothingToPublish()
	{
		cyclorama::PublishConfig Made{};
		Made.keep = cyclorama::Keep::Ask;
		return Made;
	}
	cyclorama::HydrateConfig NothingToHydrate()
	{
		cyclorama::HydrateConfig Made{};
		Made.keep = cyclorama::Keep::Ask;
		return Made;
	}

	struct FHandles
	{
		rust::Box<cyclorama::Tracking> Tracking = cyclorama::tracking_open(Text("protocol=freed; bind=127.0.0.1:0"));
		rust::Box<cyclorama::Feed> Feed = Tracking->feed();
		rust::Box<cyclorama::Reader> Reader = Tracking->reader(0);
		cyclorama::GenlockOptions Options{24, 1, false, 0};
		rust::Box<cyclorama::Genlock> Genlock = Tracking->genlock(Options);
		rust::Box<cyclorama::HostClock> Clock = cyclorama::host_clock();
		rust::Box<cyclorama::SyncPrimary> Primary = cyclorama::sync_primary(3, 0);
		rust::Box<cyclorama::SyncNode> Node = cyclorama::sync_node(Text("node"));
		rust::Box<cyclorama::Slate> Slate = cyclorama::slate_open(Tracking->number());
		rust::String Message;
		cyclorama::SyncHeard Heard{};
		cyclorama::SyncBeat Beat{};
		cyclorama::SlateView View;
		cyclorama::Pose Pose{};
		cyclorama::Details Details{};
		cyclorama::Label Label{};
		cyclorama::Tick Tick{};
		cyclorama::PublishConfig Publish = NothingToPublish();
		cyclorama::HydrateConfig Hydrate = NothingToHydrate();
		rust::Box<cyclorama::AssetWork> Asset = cyclorama::assets_publish(Publish);
		rust::Box<cyclorama::AssetClosure> Closure = cyclorama::closure_start(Text("/no/such/folder"), rust::Vec<rust::String>(), false);
		rust::Box<cyclorama::RenderWork> Render = cyclorama::render_plan(cyclorama::RenderConfig{});
		rust::Box<cyclorama::HostSession> Host = cyclorama::host_connect(Text("nowhere"), Text("a test"));
		cyclorama::WorkSnapshot Snapshot{};
		cyclorama::HostTask Task{};
		rust::Vec<rust::String> Names{};
	};

	// Each gives true when what came back is what a caught panic gives.
	bool abi_hash(FHandles&) { return cyclorama::abi_hash() != 0; }
	bool core_version(FHandles&) { return cyclorama::core_version().empty(); }
	bool last_error(FHandles&) { return cyclorama::last_error().empty(); }
	bool force_panic(FHandles&) { return cyclorama::force_panic(Text("nothing")) == Status::Ok; }
	bool now_ns(FHandles&) { return cyclorama::now_ns() == 0; }
	bool host_clock(FHandles&)
	{
		cyclorama::host_clock();
		return true;
	}
	bool seconds_at(FHandles& H) { return H.Clock->seconds_at(7.0, 1) == 7.0; }
	bool beat_phase(FHandles&)
	{
		cyclorama::BeatPhase Phase{};
		return cyclorama::beat_phase(Phase) == Status::Panicked;
	}
	bool beat_words(FHandles&) { return cyclorama::beat_words().empty(); }
	bool log_start(FHandles&) { return cyclorama::log_start(cyclorama::LogLevel::Warning) == Status::Panicked; }
	bool log_drain(FHandles&) { return cyclorama::log_drain(10).empty(); }
	bool log_dropped(FHandles&) { return cyclorama::log_dropped() == 0; }
	bool tracking_start(FHandles&) { return cyclorama::tracking_start(cyclorama::TrackingConfig{})->state() == Status::Panicked; }
	bool tracking_open(FHandles&) { return cyclorama::tracking_open(Text("protocol=freed"))->state() == Status::Panicked; }
	bool stop(FHandles& H) { return H.Tracking->stop() == Status::Panicked; }
	bool state(FHandles& H) { return H.Tracking->state() == Status::Panicked; }
	bool state_text(FHandles& H) { return !H.Tracking->state_text().empty(); }
	bool tries_again(FHandles& H) { return !H.Tracking->tries_again(); }
	bool port(FHandles& H) { return H.Tracking->port() == 0; }
	bool subject_count(FHandles& H) { return H.Tracking->subject_count() == 0; }
	bool subject_name(FHandles& H) { return H.Tracking->subject_name(0).empty(); }
	bool health_json(FHandles& H) { return H.Tracking->health_json().size() == 2; }
	bool latest(FHandles& H) { return H.Tracking->latest(0, H.Pose) == Status::Panicked; }
	bool latest_details(FHandles& H) { return H.Tracking->latest_details(0, H.Details) == Status::Panicked; }
	bool timecode_now(FHandles& H) { return H.Tracking->timecode_now(1, H.Label) == Status::Panicked; }
	bool feed(FHandles& H) { return H.Tracking->feed()->feed_state() == Status::Internal; }
	bool wait_next(FHandles& H) { return H.Feed->wait_next(1, rust::Slice<cyclorama::Pose>(&H.Pose, 1), rust::Slice<cyclorama::Details>(&H.Details, 1)) == 0; }
	bool batch(FHandles& H) { return H.Feed->batch(rust::Slice<cyclorama::Pose>(&H.Pose, 1)) == 0; }
	bool feed_state(FHandles& H) { return H.Feed->feed_state() == Status::Panicked; }
	bool feed_dropped(FHandles& H) { return H.Feed->feed_dropped() == 0; }
	bool reader(FHandles& H) { return H.Tracking->reader(0)->sample_at(1, H.Pose, H.Details) == Status::Internal; }
	bool sample_at(FHandles& H) { return H.Reader->sample_at(1, H.Pose, H.Details) == Status::Panicked; }
	bool genlock(FHandles& H) { return H.Tracking->genlock(H.Options)->wait_tick(1, H.Tick) == Status::Internal; }
	bool wait_tick(FHandles& H) { return H.Genlock->wait_tick(1, H.Tick) == Status::Panicked; }
	bool number(FHandles& H) { return H.Tracking->number() == 0; }
	bool events_drain(FHandles&) { return cyclorama::events_drain(1).empty(); }
	bool events_lost(FHandles&) { return cyclorama::events_lost() == 0; }
	bool sync_primary(FHandles& H) { return cyclorama::sync_primary(3, 0)->publish(0, 0, H.Message) == Status::Internal; }
	bool add_tracker(FHandles& H) { return H.Primary->add_tracker(H.Tracking->number(), Text("usual")) == Status::Panicked; }
	bool set_beat(FHandles& H) { return H.Primary->set_beat(H.Beat) == Status::Panicked; }
	bool publish(FHandles& H) { return H.Primary->publish(0, 0, H.Message) == Status::Panicked; }
	bool sync_node(FHandles&) { return cyclorama::sync_node(Text("other"))->shown_count() == 0; }
	bool apply(FHandles& H) { return H.Node->apply(Text("nothing"), H.Heard) == Status::Panicked; }
	bool shown_count(FHandles& H) { return H.Node->shown_count() == 0; }
	bool shown_name(FHandles& H) { return H.Node->shown_name(0).empty(); }
	bool shown(FHandles& H) { return H.Node->shown(0, H.Pose, H.Details) == Status::Panicked; }
	bool shown_timecode(FHandles& H) { return H.Node->shown_timecode(Text(""), H.Label) == Status::Panicked; }
	bool shown_beat(FHandles& H) { return H.Node->shown_beat(H.Beat) == Status::Panicked; }
	bool expect_beat(FHandles& H) { return H.Node->expect_beat(Text("")) == Status::Panicked; }
	bool sync_waits(FHandles& H) { return H.Node->sync_waits().empty(); }
	bool hash_of(FHandles& H) { return H.Node->hash_of(0).empty(); }
	bool sync_json(FHandles& H) { return H.Node->sync_json().size() == 2; }
	bool sync_words(FHandles& H) { return !H.Node->sync_words().empty(); }
	bool slate_open(FHandles& H) { return cyclorama::slate_open(H.Tracking->number())->cut() == Status::Panicked; }
	bool record_takes(FHandles& H) { return H.Slate->record_takes(cyclorama::SlateConfig{}) == Status::Panicked; }
	bool roll(FHandles& H) { return H.Slate->roll(Text(""), 0, Text("")) == Status::Panicked; }
	bool cut(FHandles& H) { return H.Slate->cut() == Status::Panicked; }
	bool note(FHandles& H) { return H.Slate->note(Text("good")) == Status::Panicked; }
	bool slate_view(FHandles& H) { return H.Slate->slate_view(H.View) == Status::Panicked; }
	bool settings_table(FHandles&) { return cyclorama::settings_table().empty(); }
	bool connection_check(FHandles&) { return cyclorama::connection_check(Text("protocol=f4")) == Status::Panicked; }
	bool preflight(FHandles&)
	{
		const auto Found = cyclorama::preflight(cyclorama::ProjectFacts{});
		return Found.size() == 1 && Found[0].level == cyclorama::Level::Problem;
	}
	bool make_takes_folder(FHandles&) { return cyclorama::make_takes_folder(Text("")) == Status::Panicked; }
	bool preflight_cluster(FHandles&)
	{
		const auto Found = cyclorama::preflight_cluster(cyclorama::ProjectFacts{});
		return Found.size() == 1 && Found[0].level == cyclorama::Level::Problem;
	}

	bool work_stop_all(FHandles&) { return cyclorama::work_stop_all() == Status::Panicked; }
	bool exit_code(FHandles&) { return cyclorama::exit_code(Status::NotFound) == 1; }
	bool assets_publish(FHandles& H) { return cyclorama::assets_publish(H.Publish)->assets_state() == Status::Panicked; }
	bool assets_hydrate(FHandles& H) { return cyclorama::assets_hydrate(H.Hydrate)->assets_state() == Status::Panicked; }
	bool assets_status(FHandles&) { return cyclorama::assets_status(cyclorama::StatusConfig{})->assets_state() == Status::Panicked; }
	bool assets_doctor(FHandles&) { return cyclorama::assets_doctor(Text(""))->assets_state() == Status::Panicked; }
	bool assets_poll(FHandles& H) { return H.Asset->assets_poll(H.Snapshot) == Status::Panicked; }
	bool assets_items(FHandles& H) { return H.Asset->assets_items().empty(); }
	bool assets_cancel(FHandles& H) { return H.Asset->assets_cancel() == Status::Panicked; }
	bool assets_state(FHandles& H) { return H.Asset->assets_state() == Status::Panicked; }
	bool assets_wait(FHandles& H) { return H.Asset->assets_wait(1) == Status::Panicked; }
	bool assets_text(FHandles& H) { return !H.Asset->assets_text().empty(); }
	bool assets_lines(FHandles& H) { return H.Asset->assets_lines().empty(); }
	bool closure_start(FHandles& H) { return cyclorama::closure_start(Text("/"), H.Names, false)->closure_state() == Status::Panicked; }
	bool closure_ask(FHandles& H) { return H.Closure->closure_ask().empty(); }
	bool closure_answer(FHandles& H) { return H.Closure->closure_answer(Text("/Game/A"), H.Names, H.Names) == Status::Panicked; }
	bool closure_unknown(FHandles& H) { return H.Closure->closure_unknown(Text("/Game/A")) == Status::Panicked; }
	bool closure_state(FHandles& H) { return H.Closure->closure_state() == Status::Panicked; }
	bool closure_text(FHandles& H) { return !H.Closure->closure_text().empty(); }
	bool closure_files(FHandles& H) { return H.Closure->closure_files().empty(); }
	bool closure_missing(FHandles& H) { return H.Closure->closure_missing().empty(); }
	bool render_plan(FHandles&) { return cyclorama::render_plan(cyclorama::RenderConfig{})->render_state() == Status::Panicked; }
	bool render_submit(FHandles&) { return cyclorama::render_submit(cyclorama::RenderConfig{})->render_state() == Status::Panicked; }
	bool wrong_words(FHandles& Handles) { return !cyclorama::wrong_words(Handles.Names, Handles.Names).empty(); }
	bool render_withdraw(FHandles&) { return cyclorama::render_withdraw(Text("/no/such/ledger"), Text(""))->render_state() == Status::Panicked; }
	bool preset_unfit(FHandles&) { return !cyclorama::preset_unfit(cyclorama::PresetFacts{}).empty(); }
	bool render_watch(FHandles&) { return cyclorama::render_watch(Text("/no/such/ledger"), Text(""))->render_state() == Status::Panicked; }
	bool render_poll(FHandles& H) { return H.Render->render_poll(H.Snapshot) == Status::Panicked; }
	bool render_items(FHandles& H) { return H.Render->render_items().empty(); }
	bool render_cancel(FHandles& H) { return H.Render->render_cancel() == Status::Panicked; }
	bool render_state(FHandles& H) { return H.Render->render_state() == Status::Panicked; }
	bool render_wait(FHandles& H) { return H.Render->render_wait(1) == Status::Panicked; }
	bool render_text(FHandles& H) { return !H.Render->render_text().empty(); }
	bool render_lines(FHandles& H) { return H.Render->render_lines().empty(); }
	bool host_connect(FHandles&) { return !cyclorama::host_connect(Text("nowhere"), Text("a test"))->host_text().empty(); }
	bool host_next(FHandles& H) { return H.Host->host_next(H.Task) == Status::Panicked; }
	bool host_beat(FHandles& H) { return H.Host->host_beat(1); }
	bool host_wrote(FHandles& H) { return H.Host->host_wrote(Text("x")) == Status::Panicked; }
	bool host_finished(FHandles& H) { return H.Host->host_finished(1, true, Text("")) == Status::Panicked; }
	bool host_text(FHandles& H) { return !H.Host->host_text().empty(); }

	struct FExport
	{
		const char* Name;
		bool (*Call)(FHandles&);
	};
#define EXPORT(Name) FExport{#Name, Name},
	const FExport Exports[] = {
#include "exports.inc"
	};
#undef EXPORT
	// These answer without doing anything that could panic.
	bool IsPlain(const std::string& Name) { return Name == "abi_hash" || Name == "force_panic"; }
}

int main()
{
	int Survived = 0;
	for (const FExport& Export : Exports)
	{
		FHandles Handles;
		if (Handles.Tracking->state() != Status::Ok)
		{
			std::fprintf(stderr, "no session\n");
			return 1;
		}
		if (cyclorama::force_panic(Text(Export.Name)) != Status::Ok)
		{
			std::fprintf(stderr, "this archive cannot be made to panic\n");
			return 1;
		}
		const bool bGood = Export.Call(Handles);
		const std::string Said(std::string(cyclorama::last_error()));
		const bool bTold = IsPlain(Export.Name) || Said.find(std::string("stopped ") + Export.Name + ": forced for a test") != std::string::npos;
		if (!bGood || !bTold)
		{
			std::fprintf(stderr, "%s: %s; last error: %s\n", Export.Name, bGood ? "came back well" : "did not come back as it should", Said.c_str());
			return 1;
		}
		// Disarmed, the same handles work or are at least asked and dropped in peace.
		cyclorama::force_panic(Text("nothing"));
		Export.Call(Handles);
		++Survived;
	}
	std::printf("exports that survived a panic: %d of %zu\n", Survived, std::size(Exports));
	return 0;
}
