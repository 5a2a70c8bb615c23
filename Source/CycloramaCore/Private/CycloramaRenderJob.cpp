// The facade over the core's rendering: fields are copied, nothing is decided.
#include "CycloramaRenderJob.h"

#include "CycloramaWorkHandle.h"

THIRD_PARTY_INCLUDES_START
#include "Bridge/render.h"
THIRD_PARTY_INCLUDES_END

namespace
{
	using cyclorama::RenderWork;
	struct FRenderNames
	{
		static constexpr auto Poll = &RenderWork::render_poll;
		static constexpr auto Items = &RenderWork::render_items;
		static constexpr auto Cancel = &RenderWork::render_cancel;
		static constexpr auto State = &RenderWork::render_state;
		static constexpr auto Wait = &RenderWork::render_wait;
		static constexpr auto Text = &RenderWork::render_text;
		static constexpr auto Lines = &RenderWork::render_lines;
	};
	using FRenderWork = CycloramaWork::THandle<RenderWork, FRenderNames>;

	TSharedPtr<FCycloramaWork> Rendering(rust::Box<RenderWork> Work)
	{
		return TSharedPtr<FCycloramaWork>(MakeShared<FRenderWork>(std::move(Work)));
	}

	uint32 NotNegative(int32 Number) { return static_cast<uint32>(Number > 0 ? Number : 0); }

	cyclorama::FrameSpan SpanOf(const FCycloramaSpan& Span) { return cyclorama::FrameSpan{Span.First, Span.End}; }

	cyclorama::SequenceFacts FactsOf(const FCycloramaSequence& Sequence)
	{
		cyclorama::SequenceFacts Facts;
		Facts.known = Sequence.bKnown;
		Facts.rate_numerator = NotNegative(Sequence.Rate.Numerator);
		Facts.rate_denominator = NotNegative(Sequence.Rate.Denominator);
		Facts.plays = SpanOf(Sequence.Plays);
		for (const FCycloramaSpan& Cut : Sequence.Cuts)
		{
			Facts.cuts.push_back(SpanOf(Cut));
		}
		return Facts;
	}

	cyclorama::PresetFacts FactsOf(const FCycloramaPresetFacts& Preset)
	{
		return cyclorama::PresetFacts{Preset.bPanorama, CycloramaText::ToCore(Preset.Fault)};
	}

	cyclorama::RenderConfig ConfigOf(const FCycloramaRenderOrder& Order)
	{
		cyclorama::RenderConfig Config;
		Config.take = CycloramaText::ToCore(Order.Take);
		Config.scene = CycloramaText::ToCore(Order.Scene);
		Config.host = CycloramaText::ToCore(Order.Host);
		Config.frames = CycloramaText::ToCore(Order.Frames);
		Config.map = CycloramaText::ToCore(Order.Map);
		Config.sequence = CycloramaText::ToCore(Order.Sequence);
		Config.played = FactsOf(Order.Played);
		Config.preset = CycloramaText::ToCore(Order.Preset);
		Config.facts = FactsOf(Order.Facts);
		Config.engine = CycloramaText::ToCore(Order.Engine);
		Config.engine_options = CycloramaText::ToCore(Order.EngineOptions);
		Config.ledger = CycloramaText::ToCore(Order.Ledger);
		Config.command = CycloramaText::ToCore(Order.Command);
		Config.unreal_program = CycloramaText::ToCore(Order.UnrealProgram);
		Config.unreal_project = CycloramaText::ToCore(Order.UnrealProject);
		Config.workers = NotNegative(Order.Workers);
		Config.width = NotNegative(Order.Width);
		Config.height = NotNegative(Order.Height);
		Config.samples = NotNegative(Order.Samples);
		Config.frame_format = CycloramaText::ToCore(Order.FrameFormat);
		Config.passes = CycloramaText::ToCore(Order.Passes);
		Config.walk_in = NotNegative(Order.WalkIn);
		Config.lease_s = 0;
		Config.detach = Order.bDetach;
		Config.project = CycloramaText::ToCore(Order.Project);
		Config.packs = CycloramaText::ToCore(Order.Packs);
		Config.key_file = CycloramaText::ToCore(Order.KeyFile);
		Config.accept_rollback = Order.bAcceptRollback;
		return Config;
	}

	class FHost final : public FCycloramaHost
	{
	public:
		explicit FHost(rust::Box<cyclorama::HostSession> In) : Inner(std::move(In)) {}

		ECycloramaNext Next(FCycloramaTask& OutTask) override
		{
			cyclorama::HostTask Task;
			const cyclorama::Status Status = Inner->host_next(Task);
			if (Status == cyclorama::Status::Timeout)
			{
				return ECycloramaNext::Nothing;
			}
			if (Status != cyclorama::Status::Ok)
			{
				return ECycloramaNext::Over;
			}
			OutTask.Number = Task.number;
			OutTask.DrawnFrom = static_cast<int32>(Task.drawn_from);
			OutTask.First = static_cast<int32>(Task.first_frame);
			OutTask.End = static_cast<int32>(Task.end_frame);
			OutTask.Width = static_cast<int32>(Task.width);
			OutTask.Height = static_cast<int32>(Task.height);
			OutTask.Samples = static_cast<int32>(Task.samples);
			OutTask.bPng = Task.png;
			OutTask.Map = CycloramaText::FromCore(Task.map);
			OutTask.Sequence = CycloramaText::FromCore(Task.sequence);
			OutTask.Preset = CycloramaText::FromCore(Task.preset);
			OutTask.Folder = CycloramaText::FromCore(Task.folder);
			OutTask.FileName = CycloramaText::FromCore(Task.file_name);
			return ECycloramaNext::Task;
		}
		bool Beat(uint64 Task) override { return Inner->host_beat(Task); }
		void Wrote(const FString& Path) override { Inner->host_wrote(CycloramaText::ToCore(Path)); }
		void Finished(uint64 Task, bool bSuccess, const FString& Why) override { Inner->host_finished(Task, bSuccess, CycloramaText::ToCore(Why)); }
		FString Text() const override { return CycloramaText::FromCore(Inner->host_text()); }

	private:
		rust::Box<cyclorama::HostSession> Inner;
	};
}

TSharedPtr<FCycloramaWork> FCycloramaRenderJob::Plan(const FCycloramaRenderOrder& Order)
{
	return Rendering(cyclorama::render_plan(ConfigOf(Order)));
}

TSharedPtr<FCycloramaWork> FCycloramaRenderJob::Submit(const FCycloramaRenderOrder& Order)
{
	return Rendering(cyclorama::render_submit(ConfigOf(Order)));
}

FString FCycloramaRenderJob::Unfit(const FCycloramaPresetFacts& Facts)
{
	return CycloramaText::FromCore(cyclorama::preset_unfit(FactsOf(Facts)));
}

TSharedPtr<FCycloramaWork> FCycloramaRenderJob::Watch(const FString& Ledger, const FString& Job)
{
	return Rendering(cyclorama::render_watch(CycloramaText::ToCore(Ledger), CycloramaText::ToCore(Job)));
}

TSharedPtr<FCycloramaWork> FCycloramaRenderJob::Withdraw(const FString& Ledger, const FString& Job)
{
	return Rendering(cyclorama::render_withdraw(CycloramaText::ToCore(Ledger), CycloramaText::ToCore(Job)));
}

TUniquePtr<FCycloramaHost> FCycloramaHost::Connect(const FString& Address, const FString& Software)
{
	return TUniquePtr<FCycloramaHost>(new FHost(cyclorama::host_connect(CycloramaText::ToCore(Address), CycloramaText::ToCore(Software))));
}
