// Evaluation goes from the outputs back: a node nearer to them is heard first.
#include "Shim/MovieGraph.h"

#include "Shim/MovieRender.h"

UMovieGraphPin* UMovieGraphPin::ShimOther() const
{
	if (Edges.IsEmpty())
	{
		return nullptr;
	}
	return Edges[0]->InputPin.Get() == this ? Edges[0]->OutputPin.Get() : Edges[0]->InputPin.Get();
}

void UMovieGraphNode::ShimAddPin(TArray<TObjectPtr<UMovieGraphPin>>& Side, const FName& Label)
{
	auto* Pin = NewObject<UMovieGraphPin>(this);
	Pin->Node = this;
	Pin->Properties.Label = Label;
	Side.Add(Pin);
}

void UMovieGraphNode::ShimAddPins()
{
	ShimAddPin(ShimInputs, FName());
	ShimAddPin(ShimOutputs, FName());
}

UMovieGraphPin* UMovieGraphNode::ShimPin(const TArray<TObjectPtr<UMovieGraphPin>>& Side, const FName& Label)
{
	for (const auto& Pin : Side)
	{
		if (Pin->Properties.Label == Label)
		{
			return Pin;
		}
	}
	return nullptr;
}

void UMovieGraphSubgraphNode::ShimSetAsset(UMovieGraphConfig* In)
{
	ShimAsset = In;
	for (const FName& Branch : In->ShimBranches)
	{
		ShimAddPin(ShimInputs, Branch);
		ShimAddPin(ShimOutputs, Branch);
	}
}

UMovieGraphConfig::UMovieGraphConfig() : ShimInput(NewObject<UMovieGraphEndNode>(this)), ShimOutput(NewObject<UMovieGraphEndNode>(this))
{
	ShimAddBranch(UMovieGraphNode::GlobalsPinName);
}

void UMovieGraphConfig::ShimAddBranch(const FName& Branch)
{
	ShimBranches.Add(Branch);
	ShimInput->ShimAddPin(ShimInput->ShimOutputs, Branch);
	ShimOutput->ShimAddPin(ShimOutput->ShimInputs, Branch);
	AddLabeledEdge(ShimInput, Branch, ShimOutput, Branch);
}

UMovieGraphNode* UMovieGraphConfig::CreateNodeByClass(const TSubclassOf<UMovieGraphNode> InClass)
{
	// Of an abstract class there is none.
	check(InClass.Get()->ShimMake);
	auto* Made = static_cast<UMovieGraphNode*>(InClass.Get()->ShimMake());
	Made->ShimAddPins();
	ShimNodes.Add(Made);
	return Made;
}

bool UMovieGraphConfig::AddLabeledEdge(UMovieGraphNode* FromNode, const FName& FromPinLabel, UMovieGraphNode* ToNode, const FName& ToPinLabel)
{
	UMovieGraphPin* From = FromNode->GetOutputPin(FromPinLabel);
	UMovieGraphPin* To = ToNode->GetInputPin(ToPinLabel);
	if (!From || !To)
	{
		return false;
	}
	// One edge ends at a pin; what ended there before has to be taken away.
	check(To->Edges.IsEmpty());
	auto* Edge = NewObject<UMovieGraphEdge>(this);
	Edge->InputPin = From;
	Edge->OutputPin = To;
	From->Edges.Add(Edge);
	To->Edges.Add(Edge);
	return true;
}

bool UMovieGraphConfig::RemoveInboundEdges(UMovieGraphNode* InNode, const FName& InPinName)
{
	UMovieGraphPin* Pin = InNode->GetInputPin(InPinName);
	UMovieGraphPin* From = Pin ? Pin->ShimOther() : nullptr;
	if (!From)
	{
		return false;
	}
	TArray<TObjectPtr<UMovieGraphEdge>> Rest;
	for (const auto& Edge : From->Edges)
	{
		if (Edge->OutputPin.Get() != Pin)
		{
			Rest.Add(Edge);
		}
	}
	From->Edges = Rest;
	Pin->Edges.Reset();
	return true;
}

void UMovieGraphConfig::ShimConnect(UMovieGraphNode& Node, const FName& In, const FName& Out, const FName& Branch)
{
	const UMovieGraphPin* Before = ShimOutput->GetInputPin(Branch)->ShimOther();
	RemoveInboundEdges(ShimOutput, Branch);
	check(AddLabeledEdge(Before->Node, Before->Properties.Label, &Node, In) && AddLabeledEdge(&Node, Out, ShimOutput, Branch));
}

UMovieGraphSubgraphNode* UMovieGraphConfig::ShimChainGraph(UMovieGraphConfig* Asset, std::initializer_list<FName> Branches)
{
	auto* Made = static_cast<UMovieGraphSubgraphNode*>(CreateNodeByClass(UMovieGraphSubgraphNode::StaticClass()));
	Made->ShimSetAsset(Asset);
	for (const FName& Branch : Branches)
	{
		ShimConnect(*Made, Branch, Branch, Branch);
	}
	return Made;
}

UMovieGraphConfig* UMovieGraphConfig::ShimCopy(UObject* Outer) const
{
	auto* Made = NewObject<UMovieGraphConfig>(Outer);
	for (const FName& Branch : ShimBranches)
	{
		if (Branch != UMovieGraphNode::GlobalsPinName)
		{
			Made->ShimAddBranch(Branch);
		}
		Made->RemoveInboundEdges(Made->ShimOutput, Branch);
	}
	std::map<const UMovieGraphNode*, UMovieGraphNode*> Copies{{ShimInput, Made->ShimInput}, {ShimOutput, Made->ShimOutput}};
	for (const auto& Node : ShimNodes)
	{
		Copies[Node.Get()] = Made->CreateNodeByClass(Node->GetClass());
		Copies[Node.Get()]->ShimCopyFrom(*Node);
	}
	for (const auto& [Node, Copy] : Copies)
	{
		for (const auto& Pin : Node->ShimInputs)
		{
			if (const UMovieGraphPin* From = Pin->ShimOther())
			{
				check(Made->AddLabeledEdge(Copies.at(From->Node.Get()), From->Properties.Label, Copy, Pin->Properties.Label));
			}
		}
	}
	return Made;
}

template <>
UMovieGraphConfig* DuplicateObject(const UMovieGraphConfig* Source, UObject* Outer)
{
	return Source->ShimCopy(Outer);
}

/// The way from one branch's end back to its beginning, in and out of subgraphs.
struct FShimWalk
{
	TArray<UMovieGraphSettingNode*>& Found;
	/// The subgraph nodes it is in, and the graphs of them.
	std::vector<const UMovieGraphSubgraphNode*> Inside;
	std::vector<const UMovieGraphConfig*> Graphs;

	/// False when a graph holds itself.
	bool Back(const UMovieGraphPin* Pin)
	{
		const UMovieGraphPin* From = Pin->ShimOther();
		if (!From)
		{
			return true;
		}
		UMovieGraphNode* Node = From->Node;
		if (const auto* Sub = Cast<UMovieGraphSubgraphNode>(Node))
		{
			const UMovieGraphConfig* Graph = Sub->GetSubgraphAsset();
			if (std::find(Graphs.begin(), Graphs.end(), Graph) != Graphs.end())
			{
				return false;
			}
			Inside.push_back(Sub);
			Graphs.push_back(Graph);
			const bool bGood = Back(Graph->ShimOutput->GetInputPin(From->Properties.Label));
			return bGood;
		}
		if (Node == Graphs.back()->ShimInput)
		{
			if (Inside.empty())
			{
				return true;
			}
			const auto* Out = Inside.back();
			Inside.pop_back();
			Graphs.pop_back();
			return Back(Out->GetInputPin(From->Properties.Label));
		}
		Take(*static_cast<UMovieGraphSettingNode*>(Node));
		return Back(Node->GetInputPin(FName()));
	}

	void Take(const UMovieGraphSettingNode& Node)
	{
		for (UMovieGraphSettingNode* Known : Found)
		{
			if (Known->GetClass() == Node.GetClass())
			{
				Known->ShimTake(Node);
				return;
			}
		}
		auto* Made = static_cast<UMovieGraphSettingNode*>(Node.GetClass()->ShimMake());
		Made->ShimTake(Node);
		Found.Add(Made);
	}
};

UMovieGraphEvaluatedConfig* UMovieGraphConfig::ShimFlattened(const FMovieGraphTraversalContext& Context, FString& OutError)
{
	check(Context.Job.Get() && Context.RootGraph.Get() == this);
	auto* Made = NewObject<UMovieGraphEvaluatedConfig>(this);
	for (const FName& Branch : ShimBranches)
	{
		// A branch has what Globals have where it says nothing itself.
		for (const FName& From : {Branch, UMovieGraphNode::GlobalsPinName})
		{
			FShimWalk Walk{Made->ShimBranches.FindOrAdd(Branch), {}, {this}};
			if (!Walk.Back(ShimOutput->GetInputPin(From)))
			{
				OutError = FString(TEXT("a graph holds itself"));
				return nullptr;
			}
		}
	}
	return Made;
}

const TArray<FName> UMovieGraphEvaluatedConfig::GetBranchNames() const
{
	TArray<FName> Names;
	for (const auto& Branch : ShimBranches)
	{
		Names.Add(Branch.Key);
	}
	return Names;
}

TArray<UMovieGraphSettingNode*> UMovieGraphEvaluatedConfig::GetSettingsForBranch(UClass* InClass, const FName InBranchName, bool bIncludeCDOs, bool bExactMatch) const
{
	// What the plugin never asks for.
	check(!bIncludeCDOs && !bExactMatch);
	TArray<UMovieGraphSettingNode*> Found;
	for (UMovieGraphSettingNode* Node : *ShimBranches.Find(InBranchName))
	{
		if (Node->GetClass()->IsChildOf(InClass))
		{
			Found.Add(Node);
		}
	}
	return Found;
}

UMovieGraphSettingNode* UMovieGraphEvaluatedConfig::GetSettingForBranch(UClass* InClass, const FName InBranchName, bool bIncludeCDOs, bool bExactMatch) const
{
	const auto Found = GetSettingsForBranch(InClass, InBranchName, bIncludeCDOs, bExactMatch);
	return Found.IsEmpty() ? nullptr : Found[0];
}
